/** Extended headers and sparse maps that no tar program writes: each is refused where it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { mergePaxRecords, parsePaxRecords } from '../../../src/archive/pax-records.ts';
import {
  archiveOf,
  gnuLongName,
  paxHeader,
  type TarMember,
  tarHeader,
  tarMember,
  withChecksum,
} from '../../support/tar-builder.ts';

const offset = 512;
const atRoot = { number: 1, name: '.' };

/** An old GNU sparse header with this map. */
function sparseHeader(parts: ReadonlyArray<readonly [number, number]>, fileBytes: number): Buffer {
  const sizeBytes = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  const header = tarHeader({ name: './s', typeFlag: 'S', sizeBytes });
  parts.flat().forEach((value, at) => {
    header.write(value.toString(8).padStart(11, '0'), 386 + at * 12);
  });
  header.write(fileBytes.toString(8).padStart(11, '0'), 483);
  return withChecksum(header);
}

const file: TarMember = { name: './x', content: 'x' };
/** `x` with these bytes in a field of its header. */
function fileWith(at: number, text: string): Buffer {
  const header = tarHeader({ name: './x' });
  header.write(text, at, 'latin1');
  return withChecksum(header);
}

const badMap = 'a sparse file whose map does not fit its content follows member 1 (.)';

const broken: ReadonlyArray<readonly [string, ReadonlyArray<TarMember | Buffer>, string]> = [
  [
    'a pax record whose length is wrong',
    [tarMember({ name: './p', typeFlag: 'x', content: '99 path=x\n' }), file],
    'a pax header that does not hold records follows member 1 (.)',
  ],
  [
    'a pax record without a key',
    [tarMember({ name: './p', typeFlag: 'x', content: '5 =x\n' }), file],
    'a pax header that does not hold records follows member 1 (.)',
  ],
  [
    'a pax size that is no number',
    [paxHeader({ size: '-1' }), file],
    'a pax size that is no number follows member 1 (.)',
  ],
  [
    'a size that is no number',
    [withChecksum(Buffer.concat([tarHeader(file).fill('9', 124, 135)])), file],
    'a header whose size is no number follows member 1 (.)',
  ],
  [
    'a name of five million bytes',
    [gnuLongName('L', 'x'.repeat(5_000_000)), file],
    'an extended header of 5000001 bytes follows member 1 (.)',
  ],
  ['a sparse map beyond the end of the file', [sparseHeader([[0, 512]], 100), Buffer.alloc(512)], badMap],
  [
    'a sparse map whose parts overlap',
    [
      sparseHeader(
        [
          [0, 512],
          [256, 512],
        ],
        4096,
      ),
      Buffer.alloc(1024),
    ],
    badMap,
  ],
  [
    'pax records that map less than is stored',
    [paxHeader({ 'GNU.sparse.size': '9', 'GNU.sparse.map': '0,2' }), { name: './s', content: 'xxx' }],
    badMap,
  ],
  [
    'a sparse map before the content that is none',
    [
      paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9' }),
      { name: './s', content: Buffer.alloc(512, 'no map\n') },
    ],
    badMap,
  ],
  [
    'a sparse file of another tar',
    [tarHeader({ name: './s', typeFlag: 'S', magic: 'ustar\x0000' })],
    "a sparse file of a dialect that is not GNU's follows member 1 (.)",
  ],
  [
    'an extended header at the end',
    [gnuLongName('L', 'x')],
    'a header for a member that is not there follows member 1 (.)',
  ],
];

for (const [what, members, reason] of broken) {
  test(`refuses ${what}`, async () => {
    const { verdict } = await inspectArchive(archiveOf(...members));
    const { result, member, offset: at } = verdict;
    assert.deepEqual(
      { result, reason: verdict.reason, member },
      { result: 'corrupt', reason, member: atRoot },
    );
    assert.ok(at !== undefined && at >= offset && at % 512 === 0);
  });
}

const notNumbers: ReadonlyArray<readonly [field: string, at: number, text: string]> = [
  ['mode', 100, 'xyz\0'],
  ['mode', 100, '-000644\0'],
  ['uid', 108, '0001789\0'],
  ['gid', 116, '9999999\0'],
  ['modification time', 136, 'zzzz\0'],
];

for (const [field, at, text] of notNumbers) {
  test(`refuses ${JSON.stringify(text)} for a ${field}`, async () => {
    const { verdict } = await inspectArchive(archiveOf(fileWith(at, text)));
    assert.deepEqual([verdict.result, verdict.reason], ['corrupt', `member 2 (x) has an invalid ${field}`]);
  });
}

test('a header with nothing in it but its checksum is a member without a name', async () => {
  const { verdict } = await inspectArchive(archiveOf(withChecksum(Buffer.alloc(512)), file));
  const { result, reason, member } = verdict;
  assert.deepEqual(
    { result, reason, member },
    { result: 'unsafe', reason: 'member 2 (.) is an empty name', member: { number: 2, name: '.' } },
  );
});

test('records of a global header that nobody reads are kept for no member', () => {
  const records = parsePaxRecords(Buffer.from('13 comment=x\n11 mtime=1\n10 uid=12\n', 'latin1'));
  assert.deepEqual(records && [...records.keys()], ['mtime', 'uid']);
  assert.equal(mergePaxRecords(records ?? new Map(), new Map()), records);
});

test('a sparse file with a hole of four gigabytes takes no time where nobody hashes it', async () => {
  const { verdict, contentBytes } = await inspectArchive(archiveOf(sparseHeader([], 2 ** 32)));
  assert.deepEqual([verdict.result, contentBytes], ['complete', 2 ** 32]);
});
