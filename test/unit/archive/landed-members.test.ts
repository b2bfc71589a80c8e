import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parentPaths } from '../../../src/domain/archive-path.ts';
import { parseGlob } from '../../../src/domain/glob.ts';
import type { Member } from '../../../src/domain/member.ts';
import { bytesOf, landedArchive, membersIn } from '../../support/landed-archive.ts';
import { archiveOf, sourceOf, type TarMember } from '../../support/tar-builder.ts';

const folder = (name: string): TarMember => ({ name, typeFlag: '5', mode: 0o755 });
const file = (name: string, content = name): TarMember => ({ name, content });
const link = (name: string, linkTarget: string): TarMember => ({ name, typeFlag: '1', linkTarget });
const symlink = (name: string, linkTarget: string): TarMember => ({ name, typeFlag: '2', linkTarget });

const volume = () =>
  archiveOf(
    folder('./etc/'),
    file('./etc/conf', 'conf'),
    folder('./data/'),
    folder('./data/base/'),
    file('./data/base/1', 'one'),
    folder('./data/empty/'),
    file('./data/x.log', 'log'),
  );

test('an include brings the folders above it, and no others', async (t) => {
  const { manifest, inspection } = await landedArchive(t, volume(), { include: ['/data/base'] });
  assert.deepEqual(membersIn(manifest), [
    '. directory 0',
    'data directory 0',
    'data/base directory 0',
    'data/base/1 file 3',
  ]);
  assert.equal(manifest.find('etc'), undefined);
  assert.equal(manifest.isDirectoryOnTheWay('etc'), false);
  assert.deepEqual(inspection.landed, {
    members: 4,
    isEmpty: false,
    contentBytes: 3,
    leftOutMembers: 4,
    leftOutUnsafe: 0,
    unmatchedPatterns: [],
  });
});

test('an include that nothing matches leaves nothing, and is named', async (t) => {
  const { manifest, inspection } = await landedArchive(t, volume(), { include: ['/nothing'] });
  assert.deepEqual([manifest.size, membersIn(manifest)], [0, []]);
  assert.deepEqual([inspection.landed?.isEmpty, inspection.landed?.unmatchedPatterns], [true, ['/nothing']]);
});

test('an exclude takes away what it matches and all below it', async (t) => {
  const { manifest } = await landedArchive(t, volume(), { exclude: ['*.log', '/data/base', '/etc/*'] });
  assert.deepEqual(membersIn(manifest), [
    '. directory 0',
    'etc directory 0',
    'data directory 0',
    'data/empty directory 0',
  ]);
});

test('a folder that comes after what is in it lands too', async (t) => {
  const late = archiveOf(file('./a/b/c'), folder('./a/b/'), folder('./a/'), folder('./d/'));
  const { manifest } = await landedArchive(t, late, { include: ['c'] });
  assert.deepEqual(membersIn(manifest), [
    '. directory 0',
    'a/b/c file 7',
    'a/b directory 0',
    'a directory 0',
  ]);
});

test('a hard link whose first name is left out becomes a file, and later ones link to it', async (t) => {
  const linked = archiveOf(
    file('./first', 'content'),
    link('./second', './first'),
    link('./third', './first'),
    link('./fourth', './second'),
  );
  const { manifest, inspection } = await landedArchive(t, linked, { exclude: ['first'] });
  assert.equal(inspection.verdict.result, 'complete');
  assert.deepEqual(membersIn(manifest), [
    '. directory 0',
    'second file 7',
    'third hardlink 7 -> second',
    'fourth hardlink 7 -> second',
  ]);
  const hashes = ['second', 'third', 'fourth'].map((path) => manifest.find(path)?.sha256);
  assert.equal(new Set(hashes).size, 1);
});

test('a hard link through a name that is left out links to the name that lands', async (t) => {
  const linked = archiveOf(
    file('./first', 'content'),
    link('./second', './first'),
    link('./third', './second'),
  );
  const { manifest } = await landedArchive(t, linked, { exclude: ['second'] });
  assert.deepEqual(membersIn(manifest), ['. directory 0', 'first file 7', 'third hardlink 7 -> first']);
});

test('a hard link to a symlink that is left out becomes that symlink', async (t) => {
  const linked = archiveOf(symlink('./first', 'target'), link('./second', './first'));
  const { manifest } = await landedArchive(t, linked, { exclude: ['first'] });
  assert.deepEqual(membersIn(manifest), ['. directory 0', 'second symlink 0 -> target']);
});

test('unsafe members that are left out are counted, and the archive is complete', async (t) => {
  const unsafe = archiveOf(
    file('../outside'),
    { name: './device', typeFlag: '3' },
    symlink('./out', '/etc'),
    file('./out/passwd'),
    file('./good'),
  );
  const { manifest, inspection } = await landedArchive(t, unsafe, {
    exclude: ['outside', 'device', '/out'],
  });
  assert.equal(inspection.verdict.result, 'complete');
  assert.deepEqual(membersIn(manifest), ['. directory 0', 'good file 6']);
  assert.deepEqual(inspection.landed, {
    members: 2,
    isEmpty: false,
    contentBytes: 6,
    leftOutMembers: 4,
    leftOutUnsafe: 3,
    unmatchedPatterns: [],
  });
});

test('an unsafe member that lands is still unsafe, whatever is left out beside it', async (t) => {
  const unsafe = archiveOf(file('../outside'), symlink('./out', '/etc'), file('./out/passwd'));
  const { inspection } = await landedArchive(t, unsafe, { exclude: ['outside'] });
  assert.deepEqual([inspection.verdict.result, inspection.verdict.member?.name], ['unsafe', 'out/passwd']);
});

test('of two members with one path the later lands', async (t) => {
  const twice = archiveOf(file('./a', 'first'), file('./b'), file('./a', 'later'));
  const { manifest } = await landedArchive(t, twice, { include: ['/a'] });
  assert.deepEqual(membersIn(manifest), ['. directory 0', 'a file 5']);
  assert.equal(manifest.size, 2);
});

test('what lands has the owners that are asked for, linked content too', async (t) => {
  const linked = archiveOf(file('./first'), link('./second', './first'));
  const owners = {
    land: (member: Member) => ({ ...member, uid: 1000 }),
    unmatchedMappings: () => [],
    changesMembers: true,
  };
  const { manifest } = await landedArchive(t, linked, { exclude: ['first'], owners });
  assert.deepEqual(
    [...manifest.members()].map(({ path, uid }) => [path, uid]),
    [
      ['.', 1000],
      ['second', 1000],
    ],
  );
});

test('whatever is chosen of any tree, that and the folders above it land, and are what is sent', async (t) => {
  const name = fc.constantFrom('a', 'b', 'c');
  const files = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `${names.join('/')}.f`),
    { minLength: 1, maxLength: 12 },
  );
  const pattern = fc
    .tuple(
      fc.constantFrom('', '/', '**/'),
      fc.array(fc.oneof(name, fc.constantFrom('*', '**', '?.f')), { minLength: 1, maxLength: 3 }),
    )
    .map(([start, names]) => start + names.join('/'));
  const patterns = fc.array(pattern, { maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(files, patterns, patterns, async (paths, include, exclude) => {
      const folders = [...new Set(paths.flatMap(parentPaths))];
      const members = [...folders.map((path) => `${path}/`), ...paths].sort();
      const source = archiveOf(
        ...members.map((path) => (path.endsWith('/') ? folder(`./${path}`) : file(`./${path}`))),
      );
      const matches = (globs: readonly string[], path: string) =>
        globs.some((text) => parseGlob(text).matches(path));
      const isChosen = (path: string) =>
        (include.length === 0 || matches(include, path)) && !matches(exclude, path);
      const chosen = ['.', ...folders, ...paths].filter(isChosen);
      const above = chosen.flatMap((path) => (path === '.' ? [] : ['.', ...parentPaths(path)]));

      const { manifest, wire } = await landedArchive(t, source, { include, exclude });
      const sent = await landedArchive(t, sourceOf(gzipSync(await bytesOf(wire))));

      const landed = [...manifest.members()];
      assert.deepEqual(landed.map(({ path }) => path).sort(), [...new Set([...chosen, ...above])].sort());
      if (landed.length > 0) assert.deepEqual([...sent.manifest.members()], landed);
    }),
    { numRuns: 200 },
  );
});
