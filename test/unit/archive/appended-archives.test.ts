/** Archives that were appended to with `tar -r`: names come again, and hard links refer to what a name was then. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Manifest } from '../../../src/archive/manifest.ts';
import { bytesOf, landedArchive, membersIn } from '../../support/landed-archive.ts';
import { archiveOf, sourceOf, type TarMember } from '../../support/tar-builder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const names = ['a', 'b', 'x/c', 'x/d', 'y/e'];
const file = (name: string, content: string): TarMember => ({ name, content });
const link = (name: string, linkTarget: string): TarMember => ({ name, typeFlag: '1', linkTarget });

test('a hard link has what its name stood for at that point, whatever the name stands for later', async (t) => {
  const twice = archiveOf(
    file('./a', 'first'),
    link('./b', './a'),
    file('./a', 'later'),
    link('./c', './a'),
    link('./d', './b'),
  );
  const { manifest, inspection } = await landedArchive(t, twice);
  assert.deepEqual(membersIn(manifest), [
    '. directory 0',
    'b file 5',
    'a file 5',
    'c hardlink 5 -> a',
    'd hardlink 5 -> b',
  ]);
  assert.notEqual(manifest.find('b')?.sha256, manifest.find('a')?.sha256);
  assert.deepEqual([manifest.hasRepeats, inspection.landed?.contentBytes], [true, 10]);
});

test('a folder that comes again is no repeat that busybox tar could get wrong', async (t) => {
  const folder = { name: './x/', typeFlag: '5' };
  const { manifest } = await landedArchive(t, archiveOf(folder, file('./x/c', 'c'), folder));
  assert.deepEqual([manifest.hasRepeats, manifest.size], [false, 3]);
});

test('what stands at a path last lands there, whatever type it was before', async (t) => {
  const folder = { name: './a/', typeFlag: '5' };
  const symlink = (name: string): TarMember => ({ name, typeFlag: '2', linkTarget: '/etc' });
  const archives = [
    [file('./a', 'one'), folder, file('./a/x', 'x')],
    [symlink('./a'), folder, file('./a/x', 'x')],
    [symlink('./a'), file('./a', 'one')],
    [file('./a', 'one'), link('./h', './a'), symlink('./a')],
  ];
  const landed: unknown[] = [];
  for (const members of archives) {
    const { inspection, manifest } = await landedArchive(t, archiveOf(...members));
    landed.push([inspection.verdict.result, manifest.hasRepeats, ...membersIn(manifest).slice(1)]);
  }
  assert.deepEqual(landed, [
    ['complete', true, 'a directory 0', 'a/x file 1'],
    ['complete', true, 'a directory 0', 'a/x file 1'],
    ['complete', true, 'a file 3'],
    ['complete', true, 'h file 3', 'a symlink 0 -> /etc'],
  ]);
});

test('whatever is chosen of an archive that was appended to lands as GNU tar would have it', async (t) => {
  const name = fc.constantFrom(...names);
  const edit = fc.record({ name, linkTo: fc.option(name) });
  const append = fc.record({
    edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    names: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
  });
  const appends = fc.array(append, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(appends, fc.subarray(names), async (all, exclude) => {
      const tar = appendedTo(t, all);
      const full = extracted(t, tar, ['tar', '-xf', '-', '-C']);

      const { manifest, wire } = await landedArchive(t, sourceOf(gzipSync(tar)), {
        exclude: exclude.map((one) => `/${one}`),
      });
      const landed = extracted(t, await bytesOf(wire), ['busybox', 'tar', '-xf', '-', '-C']);

      const chosen = names.filter((one) => !exclude.includes(one));
      const expected = filesIn(full, chosen);
      assert.deepEqual(filesIn(landed, names), expected);
      assert.deepEqual(filesOf(manifest), expected);
    }),
    { numRuns: 60 },
  );
});

interface Append {
  readonly edits: readonly { readonly name: string; readonly linkTo: string | null }[];
  readonly names: readonly string[];
}

/** Files are made anew each time, as `tar -x` does, or linked to what another name is; then some are appended. */
function appendedTo(t: TestContext, appends: readonly Append[]): Buffer {
  const folder = tempFolder(t);
  const archive = `${folder}/made.tar`;
  const at = (name: string): string => join(folder, name);
  for (const name of names) mkdirSync(dirname(at(name)), { recursive: true });
  run(['tar', '-cf', archive, '--no-recursion', '-C', folder, '.']);
  let version = 0;
  for (const { edits, names: appended } of appends) {
    for (const { name, linkTo } of edits) {
      if (linkTo === name || (linkTo !== null && !existsSync(at(linkTo)))) continue;
      rmSync(at(name), { force: true });
      if (linkTo === null) writeFileSync(at(name), `version ${version++}`);
      else linkSync(at(linkTo), at(name));
    }
    const there = appended.filter((name) => existsSync(at(name))).map((name) => `./${name}`);
    if (there.length > 0) run(['tar', '-rf', archive, '-C', folder, ...there]);
  }
  return readFileSync(archive);
}

function extracted(t: TestContext, tar: Buffer, command: readonly string[]): string {
  const folder = tempFolder(t);
  run([...command, folder], tar);
  return folder;
}

function run([program = '', ...args]: readonly string[], input?: Buffer): void {
  const { status, stderr } = spawnSync(program, args, { input });
  assert.deepEqual([status, stderr.toString()], [0, '']);
}

/** Of each name that is there: the hash of its content, and the first name that is the same file. */
function filesIn(folder: string, of: readonly string[]): readonly string[] {
  const there = of.filter((name) => existsSync(join(folder, name)));
  return linesOf(
    there.map((name) => {
      const content = readFileSync(join(folder, name));
      return [name, createHash('sha256').update(content).digest('hex'), lstatSync(join(folder, name)).ino];
    }),
  );
}

function filesOf(manifest: Manifest): readonly string[] {
  const members = names.flatMap((name) => manifest.find(name) ?? []);
  return linesOf(members.map(({ path, sha256 = '', linkTarget = path }) => [path, sha256, linkTarget]));
}

function linesOf(
  files: readonly (readonly [name: string, sha256: string, inode: number | string])[],
): readonly string[] {
  const firstNames = new Map<number | string, string>();
  return files.map(([name, sha256, inode]) => {
    if (!firstNames.has(inode)) firstNames.set(inode, name);
    return `${name} ${sha256} ${firstNames.get(inode)}`;
  });
}
