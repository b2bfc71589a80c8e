import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  compareDifferences,
  type Difference,
  differencesOf,
  extraDifferences,
  isLostAndFound,
} from '../../../src/domain/difference.ts';
import type { Member } from '../../../src/domain/member.ts';
import type { VolumeEntry } from '../../../src/domain/volume-listing.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const file: Member = {
  path: 'd/f',
  type: 'file',
  sizeBytes: 5,
  mode: 0o644,
  uid: 999,
  gid: 998,
  mtimeSeconds: 0,
  sha256: a,
};
const { sha256: _, ...unread } = file;
const link: Member = { ...unread, type: 'symlink', sizeBytes: 0, mode: 0o777, linkTarget: '../x' };
const { linkTarget: __, ...targetless } = link;
const folder: Member = { ...unread, type: 'directory', sizeBytes: 0, mode: 0o2755 };
const entry = (member: Member): VolumeEntry => ({ ...member, allocatedBytes: 4096 });

const cases: readonly [title: string, expected: Member, found: Member | undefined, Difference[]][] = [
  ['finds nothing in an equal file', file, file, []],
  ['finds nothing in an equal symlink', link, link, []],
  ['finds nothing in an equal folder', folder, folder, []],
  [
    'expects a hard link as the file that it becomes',
    { ...file, type: 'hardlink', linkTarget: 'g' },
    file,
    [],
  ],
  ['does not compare the mode of symlinks', { ...link, mode: 0o644 }, link, []],
  ['finds what is missing', file, undefined, [{ path: 'd/f', kind: 'missing', expected: 'file' }]],
  [
    'finds another type, and then compares nothing else',
    { ...folder, type: 'character-device', uid: 1 },
    folder,
    [{ path: 'd/f', kind: 'type', expected: 'character device', found: 'directory' }],
  ],
  [
    'finds another size, and then says nothing of the content',
    file,
    { ...file, sizeBytes: 6, sha256: b },
    [{ path: 'd/f', kind: 'size', expected: '5', found: '6' }],
  ],
  [
    'finds other content',
    file,
    { ...file, sha256: b },
    [{ path: 'd/f', kind: 'content', expected: a, found: b }],
  ],
  [
    'takes content that was not read for a difference',
    file,
    unread,
    [{ path: 'd/f', kind: 'unreadable', expected: a }],
  ],
  [
    'takes content that nothing vouches for for a difference',
    unread,
    file,
    [{ path: 'd/f', kind: 'content', found: a }],
  ],
  [
    'does not take two absent hashes for equal content',
    unread,
    unread,
    [{ path: 'd/f', kind: 'unreadable' }],
  ],
  [
    'finds another link target, readable',
    link,
    { ...link, linkTarget: '\n\xff' },
    [{ path: 'd/f', kind: 'link-target', expected: '../x', found: '\\n\\xff' }],
  ],
  [
    'takes a link target that was not read for a difference',
    link,
    targetless,
    [{ path: 'd/f', kind: 'unreadable', expected: '../x' }],
  ],
  [
    'finds mode, owner, group and time together',
    { ...file, mode: 0o4755 },
    { ...file, mode: 0o7, uid: 0, gid: 1, mtimeSeconds: -1 },
    [
      { path: 'd/f', kind: 'mode', expected: '4755', found: '0007' },
      { path: 'd/f', kind: 'uid', expected: '999', found: '0' },
      { path: 'd/f', kind: 'gid', expected: '998', found: '1' },
      { path: 'd/f', kind: 'mtime', expected: '1970-01-01T00:00:00Z', found: '1969-12-31T23:59:59Z' },
    ],
  ],
  [
    'finds a time that no calendar reaches',
    { ...file, mtimeSeconds: 1e15 },
    file,
    [
      {
        path: 'd/f',
        kind: 'mtime',
        expected: '1000000000000000 s after 1970',
        found: '1970-01-01T00:00:00Z',
      },
    ],
  ],
  [
    'finds what an archive has in lost+found as anywhere',
    { ...file, path: 'lost+found/#12' },
    { ...file, sha256: b },
    [{ path: 'lost+found/#12', kind: 'content', expected: a, found: b }],
  ],
];

for (const [title, expected, found, differences] of cases) {
  test(title, () => {
    const there = found === undefined ? undefined : entry(found);
    assert.deepEqual(differencesOf(expected, there, { content: true }), differences);
  });
}

test('compares no content when that was not asked for', () => {
  assert.deepEqual(differencesOf(file, entry(unread), { content: false }), []);
});

test('names an extra path by its type, but not lost+found', () => {
  assert.deepEqual(extraDifferences(entry(folder)), [{ path: 'd/f', kind: 'extra', found: 'directory' }]);
  assert.deepEqual(extraDifferences(entry({ ...folder, path: 'lost+found' })), []);
});

for (const path of ['lost+found2', 'd/lost+found', '.', 'lost']) {
  test(`takes ${path} for a path like any other`, () => {
    assert.equal(isLostAndFound(path), false);
  });
}

test("sorts by the paths' bytes, then by kind", () => {
  const sorted: Difference[] = [
    { path: '.', kind: 'mtime' },
    { path: 'B', kind: 'missing' },
    { path: 'a', kind: 'size' },
    { path: 'a', kind: 'mode' },
    { path: 'a', kind: 'mtime' },
    { path: 'a/b', kind: 'extra' },
    { path: '\xe9', kind: 'type' },
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
      assert.deepEqual(shuffled.sort(compareDifferences), sorted);
    }),
  );
});
