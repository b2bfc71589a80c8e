import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { archiveOf, gnuLongName, paxHeader, type TarMember } from '../../support/tar-builder.ts';

const file = (name: string): TarMember => ({ name, content: 'x' });
const directory = (name: string): TarMember => ({ name, typeFlag: '5' });
const symlink = (name: string, linkTarget: string): TarMember => ({ name, typeFlag: '2', linkTarget });
const hardlink = (name: string, linkTarget: string): TarMember => ({ name, typeFlag: '1', linkTarget });

async function resultOf(members: ReadonlyArray<TarMember | Buffer>): Promise<string> {
  const { result, reason } = (await inspectArchive(archiveOf(...members))).verdict;
  return reason ?? result;
}

const unsafe: ReadonlyArray<readonly [string, ReadonlyArray<TarMember | Buffer>, string]> = [
  ['an absolute name', [file('/etc/passwd')], 'member 2 (etc/passwd) is an absolute name'],
  ["'..' in a name", [file('./a/../../x')], "member 2 (a/../../x) is a name with '..' in it"],
  ['a character device', [{ name: './n', typeFlag: '3' }], 'member 2 (n) is a character device'],
  ['a block device', [{ name: './n', typeFlag: '4' }], 'member 2 (n) is a block device'],
  ['an unknown type', [{ name: './n', typeFlag: 'Z' }], "member 2 (n) is a member of the unknown type 'Z'"],
  [
    'a sparse file of a version that is not known',
    [
      paxHeader({ 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1' }),
      file('./s'),
    ],
    'member 2 (s) is a GNU sparse file of the unknown version 2.0',
  ],
  [
    'a NUL byte in a pax name',
    [paxHeader({ path: './a\0b' }), file('./x')],
    'member 2 (a\\x00b) is a name with a NUL byte',
  ],
  [
    'a global pax header that names all members alike',
    [paxHeader({ path: 'elsewhere' }, 'g'), file('./x')],
    'member 2 (elsewhere) is a member under a global pax header that sets path',
  ],
  [
    'a directory with content',
    [{ name: './d', typeFlag: '5', sizeBytes: 512 }],
    'member 2 (d) is a directory with content',
  ],
  ['a symlink to nothing', [symlink('./l', '')], 'member 2 (l) is a symlink without a target'],
  [
    'a hard link out of the volume',
    [hardlink('./h', '/etc/passwd')],
    'member 2 (h) is a hard link to an absolute name',
  ],
  [
    "a hard link with '..'",
    [file('./a'), hardlink('./h', './b/../a')],
    "member 3 (h) is a hard link to a name with '..' in it",
  ],
  [
    'a hard link to a later member',
    [hardlink('./h', './a'), file('./a')],
    'member 2 (h) is a hard link to a, which is no earlier member',
  ],
  [
    'a hard link to a directory that is only implied',
    [file('./d/a'), hardlink('./h', './d')],
    'member 3 (h) is a hard link to d, which is a directory',
  ],
  ['a hard link to itself', [file('./a'), hardlink('./a', 'a')], 'member 3 (a) is a hard link to itself'],
  [
    'a member written through a symlink',
    [symlink('./l', '../out'), file('./l/x')],
    'member 3 (l/x) is written through the symlink l',
  ],
  [
    'a member written through a symlink further up',
    [symlink('./a/l', '.'), file('./a/l/b/x')],
    'member 3 (a/l/b/x) is written through the symlink a/l',
  ],
  [
    'a member written through a hard link to a symlink',
    [symlink('./l', '/'), hardlink('./h', './l'), file('./h/x')],
    'member 4 (h/x) is written through the symlink h',
  ],
  [
    'a member below a symlink that a directory takes the place of later',
    [symlink('./l', '/'), file('./l/x'), directory('./l/')],
    'member 3 (l/x) is written through the symlink l',
  ],
  [
    'a member below what a symlink took the place of',
    [file('./f'), symlink('./f', '/'), file('./f/x')],
    'member 4 (f/x) is written through the symlink f',
  ],
  [
    'a part of a name that no filesystem takes',
    [gnuLongName('L', `./d/${'n'.repeat(256)}`), file('./short')],
    `member 2 (d/${'n'.repeat(256)}) is a name with a part longer than 255 bytes`,
  ],
  [
    'a pax record that takes the name away',
    [paxHeader({ path: '' }), file('./x')],
    'member 2 (.) is an empty name',
  ],
  [
    'a symlink in the place of a directory that is only implied',
    [file('./d/x'), symlink('./d', '/')],
    'member 3 (d) is of another type than what an earlier member left there',
  ],
  [
    'a file in the place of a directory',
    [directory('./d/'), file('./d')],
    'member 3 (d) is of another type than what an earlier member left there',
  ],
  ['a member below a file', [file('./f'), file('./f/x')], 'member 3 (f/x) is below f, which is no directory'],
  [
    'a root that is no directory',
    [symlink('.', '/')],
    'member 2 (.) is the root of the volume, and no directory',
  ],
];

for (const [what, members, reason] of unsafe) {
  test(`refuses ${what}`, async () => {
    assert.equal(await resultOf(members), reason);
  });
}

test('the first unsafe member is named, with its offset in the tar stream', async () => {
  const { verdict, members } = await inspectArchive(
    archiveOf(file('./ok'), file('../x'), file('/y'), file('./z')),
  );
  assert.deepEqual(verdict, {
    result: 'unsafe',
    reason: "member 3 (../x) is a name with '..' in it",
    member: { number: 3, name: '../x' },
    offset: 3 * 512,
  });
  assert.equal(members, 5);
});

test('symlinks that lead out of the volume are counted, not refused', async () => {
  const { verdict, linksPointingOutside } = await inspectArchive(
    archiveOf(symlink('./a', '/etc'), symlink('./b', '../x'), symlink('./c', 'a/../b')),
  );
  assert.deepEqual([verdict.result, linksPointingOutside], ['complete', 2]);
});

test('the same path twice with the same type is fine', async () => {
  const members = [
    directory('./d/'),
    file('./d/x'),
    directory('./d'),
    file('./d/x'),
    symlink('./l', 'a'),
    symlink('./l', 'b'),
  ];
  assert.equal(await resultOf(members), 'complete');
});
