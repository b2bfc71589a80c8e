import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Manifest } from '../../../src/archive/manifest.ts';
import { ManifestWriter } from '../../../src/archive/manifest-writer.ts';
import type { Member } from '../../../src/domain/member.ts';

const folder = mkdtempSync(join(tmpdir(), 'manifest-test-'));
after(() => rmSync(folder, { recursive: true }));

function file(path: string, more: Partial<Member> = {}): Member {
  return {
    path,
    type: 'file',
    sizeBytes: 1,
    mode: 0o644,
    uid: 1,
    gid: 2,
    mtimeSeconds: 3,
    sha256: 'ab',
    ...more,
  };
}

function manifestOf(members: readonly Member[]): Manifest {
  const writer = new ManifestWriter(folder);
  for (const member of members) writer.add(member);
  return writer.finish();
}

test('gives each member back as it was added, in the order of the archive', () => {
  const members = [
    file('caf\xe9\n"\\\u0001'),
    file('a/b', { mtimeSeconds: -5, sizeBytes: 2 ** 40 }),
    {
      path: 'l',
      type: 'symlink',
      sizeBytes: 0,
      mode: 0o777,
      uid: 0,
      gid: 0,
      mtimeSeconds: 0,
      linkTarget: '/x',
    },
  ] as const;
  const manifest = manifestOf(members);
  assert.deepEqual([...manifest.members()], members);
  assert.deepEqual(
    members.map(({ path }) => manifest.find(path)),
    members,
  );
  assert.equal(manifest.find('other'), undefined);
  assert.equal(manifest.size, 3);
  manifest.close();
});

test('the later of two members with one path counts', () => {
  const manifest = manifestOf([file('a', { uid: 1 }), file('b'), file('a', { uid: 7 })]);
  assert.deepEqual([...manifest.members()], [file('b'), file('a', { uid: 7 })]);
  assert.deepEqual([...manifest.unseen()], [file('b'), file('a', { uid: 7 })]);
  assert.equal(manifest.size, 2);
  manifest.close();
});

test('a hard link stands for the file whose inode it shared when it was extracted', () => {
  const link = {
    path: 'h',
    type: 'hardlink',
    sizeBytes: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
  } as const;
  const manifest = manifestOf([
    file('a', { sha256: 'first' }),
    { ...link, linkTarget: 'a' },
    { ...link, path: 'h2', linkTarget: 'h' },
    file('a', { sha256: 'second' }),
  ]);
  assert.deepEqual(
    [...manifest.members()],
    [
      file('h', { sha256: 'first' }),
      file('h2', { type: 'hardlink', linkTarget: 'h', sha256: 'first' }),
      file('a', { sha256: 'second' }),
    ],
  );
  manifest.close();
});

test('a hard link to a symlink stands for the symlink', () => {
  const symlink = file('s', { type: 'symlink', linkTarget: 'nowhere' });
  const manifest = manifestOf([symlink, file('h', { type: 'hardlink', linkTarget: 's' })]);
  assert.deepEqual(manifest.find('h'), { ...symlink, path: 'h' });
  manifest.close();
});

test('knows the directories that only the paths of members imply', () => {
  const manifest = manifestOf([file('d', { type: 'directory' }), file('d/x'), file('a/b/c')]);
  const paths = ['a', 'a/b', 'a/b/c', 'd', 'x'];
  assert.deepEqual(
    paths.map((path) => manifest.isDirectoryOnTheWay(path)),
    [true, true, false, false, false],
  );
  assert.equal(manifest.find('a'), undefined);
  manifest.close();
});

test('tells which members were never marked as seen', () => {
  const manifest = manifestOf([file('a'), file('b'), file('c/d')]);
  assert.deepEqual(
    ['b', 'c', 'x'].map((path) => manifest.markSeen(path)),
    [true, false, false],
  );
  assert.deepEqual(
    [...manifest.unseen()].map(({ path }) => path),
    ['a', 'c/d'],
  );
  manifest.close();
});

test('finds each of many members, and nothing else', () => {
  const paths = fc.uniqueArray(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 8 }), {
    maxLength: 3000,
    size: 'max',
  });
  fc.assert(
    fc.property(paths, (all) => {
      const [inside, outside] = [all.filter((_, at) => at % 2 === 0), all.filter((_, at) => at % 2 === 1)];
      const manifest = manifestOf(inside.map((path) => file(path)));
      assert.deepEqual(
        inside.map((path) => manifest.find(path)?.path),
        inside,
      );
      assert.deepEqual(
        outside.filter((path) => manifest.find(path) !== undefined),
        [],
      );
      manifest.close();
    }),
    { numRuns: 20 },
  );
});

test('leaves no file in its folder, not even while it is open', () => {
  const manifest = manifestOf([file('a')]);
  assert.deepEqual(readdirSync(folder), []);
  manifest.close();
  manifest.close();
});
