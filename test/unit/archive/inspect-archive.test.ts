import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import type { ArchiveSource } from '../../../src/archive/archive-source.ts';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { ManifestWriter } from '../../../src/archive/manifest-writer.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import {
  archiveOf,
  endMarker,
  paxHeader,
  sourceOf,
  tarHeader,
  tarMember,
  tarOf,
} from '../../support/tar-builder.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function verdictOf(source: ArchiveSource, expectedSha256?: string): Promise<Verdict> {
  return (await inspectArchive(source, { expectedSha256 })).verdict;
}

const first = { name: './first', content: 'x'.repeat(600) };
const second = { name: './se\ncond', content: 'y'.repeat(1000) };
const whole = tarOf(first, second);
const archive = gzipSync(whole);
/** In `whole`: the root's header, the first member (3 blocks), the second (3 blocks), the end marker (2 blocks). */
const secondOffset = 4 * 512;
const endOffset = 7 * 512;

const atFirst = { number: 2, name: 'first' };
const atSecond = { number: 3, name: 'se\\ncond' };

test('says what a whole archive holds', async () => {
  const inspection = await inspectArchive(
    archiveOf(
      { ...first, uid: 999, gid: 99, mode: 0o4755, mtimeSeconds: -2 },
      { ...second, uid: 999, gid: 99, mode: 0o2755, mtimeSeconds: 1_800_000_000 },
      { name: './link', typeFlag: '2', linkTarget: '/etc/passwd' },
      { name: './hard', typeFlag: '1', linkTarget: './first', mode: 0o4755 },
      { name: './lost+found/', typeFlag: '5' },
      { name: './pipe', typeFlag: '6' },
      { name: './contiguous', typeFlag: '7' },
    ),
    { showFiles: 3 },
  );
  const { sha256: _, sizeBytes: __, ...contents } = inspection;
  assert.deepEqual(contents, {
    verdict: { result: 'complete' },
    members: 8,
    contentBytes: 1600,
    types: {
      file: 3,
      directory: 2,
      symlink: 1,
      hardlink: 1,
      fifo: 1,
      'character-device': 0,
      'block-device': 0,
      socket: 0,
    },
    owners: [
      { uid: 0, gid: 0, members: 5 },
      { uid: 999, gid: 99, members: 2 },
    ],
    largest: { path: 'se\\ncond', sizeBytes: 1000 },
    setuid: 1,
    setgid: 1,
    lostAndFound: true,
    linksPointingOutside: 1,
    paxMembers: 0,
    sparseMembers: 0,
    foreignMembers: 0,
    root: { uid: 0, gid: 0, mode: 0o755 },
    newestMtimeSeconds: 1_800_000_000,
    files: ['.', 'first', 'se\\ncond'],
  });
});

test('an archive with the filed checksum is complete, whatever the case of its digits', async () => {
  assert.deepEqual(await verdictOf(sourceOf(archive), sha256(archive).toUpperCase()), { result: 'complete' });
});

test('several gzip members one after the other are one archive', async () => {
  const parts = [whole.subarray(0, 700), whole.subarray(700)].map((part) => gzipSync(part));
  assert.deepEqual(await verdictOf(sourceOf(Buffer.concat(parts))), { result: 'complete' });
});

test('zero padding after the gzip data is fine, even in a chunk of its own', async () => {
  const padded = Buffer.concat([archive, Buffer.alloc(3000)]);
  const sources = [sourceOf(padded), sourceOf(padded, archive.length), sourceOf(padded, archive.length + 1)];
  assert.deepEqual(await Promise.all(sources.map((source) => verdictOf(source))), [
    { result: 'complete' },
    { result: 'complete' },
    { result: 'complete' },
  ]);
});

test('zero padding after the end marker is fine', async () => {
  const padded = Buffer.concat([whole, Buffer.alloc(9999)]);
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(padded))), { result: 'complete' });
});

test('a file without a byte is empty', async () => {
  assert.deepEqual(await verdictOf(sourceOf(Buffer.alloc(0))), {
    result: 'empty',
    reason: 'the file is empty',
    offset: 0,
  });
});

test('an altered archive is a checksum mismatch, and what else is wrong with it is said too', async () => {
  const cut = archive.subarray(0, 60);
  const { reason, ...verdict } = await verdictOf(sourceOf(cut), sha256(archive));
  assert.deepEqual(verdict, { result: 'checksum-mismatch', expected: sha256(archive), found: sha256(cut) });
  assert.match(reason ?? '', /^the archive is not the one that was filed; besides, the gzip data ends/);
});

test('the checksum covers the whole file even where its structure breaks early', async () => {
  const bytes = Buffer.concat([Buffer.from('no gzip data'), Buffer.alloc(300_000, 1)]);
  const { sha256: found, verdict } = await inspectArchive(sourceOf(bytes, 1000), {
    expectedSha256: sha256(bytes),
  });
  assert.equal(found, sha256(bytes));
  assert.equal(verdict.result, 'not-gzip');
});

test('a file that is no gzip data says what it begins with', async () => {
  assert.deepEqual(await verdictOf(sourceOf(Buffer.from('PK\x03\x04'))), {
    result: 'not-gzip',
    reason: 'the file does not begin as gzip data does',
    offset: 0,
    expected: '1f8b',
    found: '504b',
  });
});

function withTrailer(crc: number, length: number): Buffer {
  const bytes = Buffer.from(archive);
  bytes.writeUInt32LE(crc, bytes.length - 8);
  bytes.writeUInt32LE(length, bytes.length - 4);
  return bytes;
}

test('a gzip checksum that differs is corrupt, where it is in the file', async () => {
  assert.deepEqual(await verdictOf(sourceOf(withTrailer(0xabc, whole.length))), {
    result: 'corrupt',
    reason: 'the checksum of the gzip data is wrong',
    offset: archive.length - 8,
    expected: '00000abc',
    found: crc32(whole).toString(16).padStart(8, '0'),
  });
});

test('a gzip length that differs is corrupt, where it is in the file', async () => {
  assert.deepEqual(await verdictOf(sourceOf(withTrailer(crc32(whole), 5))), {
    result: 'corrupt',
    reason: 'the length of the gzip data is wrong',
    offset: archive.length - 4,
    expected: '5',
    found: String(whole.length),
  });
});

test('a gzip part that is damaged is named, with its place in the file and the member that it strikes', async () => {
  const parts = [whole.subarray(0, 1200), whole.subarray(1200)].map((part) => gzipSync(part));
  const [one = archive, other = archive] = parts;
  const bytes = Buffer.concat([one, other]);
  bytes.writeUInt32LE(1, one.length - 8);
  assert.deepEqual(await verdictOf(sourceOf(bytes)), {
    result: 'corrupt',
    reason: `the checksum of the gzip data is wrong at byte ${one.length - 8} of the file, inside member 2 (first)`,
    member: atFirst,
    offset: 1200,
    expected: '00000001',
    found: crc32(whole.subarray(0, 1200)).toString(16).padStart(8, '0'),
  });
  assert.deepEqual(await verdictOf(sourceOf(Buffer.concat([one, other.subarray(0, 5)]))), {
    result: 'truncated',
    reason: `part 2 of the gzip data ends at byte ${one.length + 5} of the file, inside member 2 (first)`,
    member: atFirst,
    offset: 1200,
  });
});

const headerWith = (flags: number, ...fields: readonly Buffer[]): Buffer => {
  const head = Buffer.from(archive.subarray(0, 10));
  head.writeUInt8(flags, 3);
  return Buffer.concat([head, ...fields]);
};

test('a gzip header may have an extra field, a name, a comment, and a checksum of its own', async () => {
  const extra = Buffer.from('\x03\x00abc', 'latin1');
  const header = headerWith(0x1e, extra, Buffer.from('name\0'), Buffer.from('a comment\0'));
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc32(header) & 0xffff);
  const bytes = Buffer.concat([header, checksum, archive.subarray(10)]);
  assert.deepEqual(await verdictOf(sourceOf(bytes)), { result: 'complete' });
  assert.deepEqual(await verdictOf(sourceOf(bytes, 1)), { result: 'complete' });
  bytes.writeUInt8(bytes.readUInt8(4) ^ 1, 4);
  const { result, reason } = await verdictOf(sourceOf(bytes));
  assert.deepEqual([result, reason], ['corrupt', 'the header checksum of the gzip data is wrong']);
});

test('a gzip header of another method, or with flags that nobody knows, is corrupt', async () => {
  const method = Buffer.from(archive);
  method.writeUInt8(7, 2);
  assert.deepEqual(await verdictOf(sourceOf(method)), {
    result: 'corrupt',
    reason: 'the method of the gzip data is wrong',
    offset: 2,
    expected: '8 (deflate)',
    found: '7',
  });
  const flags = Buffer.concat([headerWith(0x20), archive.subarray(10)]);
  assert.deepEqual(await verdictOf(sourceOf(flags)), {
    result: 'corrupt',
    reason: 'the set of flags of the gzip data is wrong',
    offset: 3,
    expected: 'no reserved ones',
    found: '20',
  });
});

test('anything but zeros after the gzip data is corrupt, also behind zeros', async () => {
  const behind = Buffer.concat([archive, Buffer.alloc(2000), Buffer.from('x')]);
  const expected = {
    result: 'corrupt',
    reason: 'something else follows the gzip data and its padding',
    offset: archive.length + 2000,
    expected: '00',
    found: '78',
  };
  assert.deepEqual(await verdictOf(sourceOf(behind)), expected);
  assert.deepEqual(await verdictOf(sourceOf(behind, archive.length)), expected);
  assert.deepEqual(await verdictOf(sourceOf(Buffer.concat([archive, Buffer.from('garbage')]))), {
    result: 'corrupt',
    reason: 'something else follows the gzip data',
    offset: archive.length,
    expected: '1f8b',
    found: '6761',
  });
});

test('gzip data that ends without its checksum is truncated after the last member', async () => {
  assert.deepEqual(await verdictOf(sourceOf(archive.subarray(0, -8))), {
    result: 'truncated',
    reason: 'the gzip data ends',
    offset: archive.length - 8,
  });
});

test('a tar cut inside a member says in which', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(whole.subarray(0, secondOffset + 900)))), {
    result: 'truncated',
    reason: 'the tar stream ends inside member 3 (se\\ncond)',
    member: atSecond,
    offset: secondOffset + 900,
  });
});

test('gzip data cut inside a member says in which', async () => {
  const stored = gzipSync(whole, { level: 0 });
  const { result, reason, member } = await verdictOf(
    sourceOf(stored.subarray(0, stored.length - 8 - 1024 - 700)),
  );
  assert.deepEqual(
    { result, reason, member },
    {
      result: 'truncated',
      reason: `the gzip data ends at byte ${stored.length - 8 - 1024 - 700} of the file, inside member 3 (se\\ncond)`,
      member: atSecond,
    },
  );
});

test('a tar cut between two members inside whole gzip data is truncated', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(whole.subarray(0, secondOffset)))), {
    result: 'truncated',
    reason: 'the tar stream ends right after member 2 (first)',
    member: atFirst,
    offset: secondOffset,
  });
});

test('one zero block at the end is not enough', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(whole.subarray(0, endOffset + 512)))), {
    result: 'truncated',
    reason: 'the tar stream ends inside its end marker after the last member',
    member: atSecond,
    offset: endOffset + 512,
  });
});

test('gzip data around nothing is truncated before the first member', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(''))), {
    result: 'truncated',
    reason: 'the tar stream ends before the first member',
    offset: 0,
  });
});

test('a tar without a member is corrupt: even an empty volume has its root', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(endMarker))), {
    result: 'corrupt',
    reason: 'the tar stream holds no member',
    offset: 0,
  });
});

test('a damaged tar header is corrupt, after the last member that was read', async () => {
  const bytes = Buffer.from(whole);
  bytes.write('z', secondOffset + 3);
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(bytes))), {
    result: 'corrupt',
    reason: 'no valid tar header follows member 2 (first)',
    member: atFirst,
    offset: secondOffset,
    expected: 'checksum 007317',
    found: 'checksum 007344',
  });
});

test('gzip data that holds no tar is corrupt', async () => {
  assert.deepEqual(await verdictOf(sourceOf(gzipSync('hello'.repeat(500)))), {
    result: 'corrupt',
    reason: 'no valid tar header is at the beginning',
    offset: 0,
    expected: 'an octal checksum',
    found: 'checksum 151156',
  });
});

test('members after the end marker, or behind a lone zero block, are corrupt', async () => {
  const twice = Buffer.concat([whole, whole]);
  const lone = Buffer.concat([whole.subarray(0, endOffset), Buffer.alloc(512), whole]);
  const at = (offset: number) => ({
    result: 'corrupt',
    reason: 'more data follows the end marker',
    member: atSecond,
    offset,
  });
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(twice))), at(endOffset + 1024));
  assert.deepEqual(await verdictOf(sourceOf(gzipSync(lone))), at(endOffset + 512));
});

test('a block of zeros but for its checksum field is no end marker', async () => {
  const bytes = Buffer.from(whole);
  bytes.write('1', endOffset + 150);
  assert.equal((await verdictOf(sourceOf(gzipSync(bytes)))).result, 'corrupt');
});

test('a header whose number is none is corrupt', async () => {
  const verdict = await verdictOf(archiveOf(paxHeader({ uid: 'x' }), first));
  assert.deepEqual([verdict.result, verdict.member], ['corrupt', atFirst]);
});

test('a size beyond the stream is truncated, not waited for', async () => {
  const header = tarHeader({ name: './huge', sizeBytes: 8 ** 11 - 1 });
  const { result, member } = await verdictOf(sourceOf(gzipSync(tarOf(header))));
  assert.deepEqual({ result, member }, { result: 'truncated', member: { number: 2, name: 'huge' } });
});

test('a structure that is wrong takes precedence over an unsafe member before it', async () => {
  const unsafe = tarMember({ name: '../x' });
  const bytes = Buffer.concat([tarOf(unsafe).subarray(0, -1024), tarMember(first)]);
  assert.equal((await verdictOf(sourceOf(gzipSync(bytes)))).result, 'truncated');
});

test('a source that fails in the middle is unreadable, and says after which byte', async () => {
  const source = sourceOf(archive);
  const failing = {
    ...source,
    async *read() {
      yield archive.subarray(0, 50);
      throw new Error('EIO: i/o error, read');
    },
  };
  assert.deepEqual(await verdictOf(failing, 'ab'), {
    result: 'unreadable',
    reason: 'it cannot be read after byte 50: EIO: i/o error, read',
    offset: 50,
  });
});

test('a source that gives fewer bytes than its size is unreadable', async () => {
  const verdict = await verdictOf({ ...sourceOf(archive), sizeBytes: archive.length + 1 });
  assert.deepEqual([verdict.result, verdict.offset], ['unreadable', archive.length]);
});

test('stops with the reason of the signal', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped by the operator');
  const inspection = inspectArchive(sourceOf(archive, 10), {
    signal: stop.signal,
    onProgress: () => stop.abort(reason),
  });
  await assert.rejects(inspection, reason);
});

test('reports how many bytes were read, up to the last', async () => {
  const progress: number[] = [];
  await inspectArchive(sourceOf(archive, 64), { onProgress: (bytesRead) => progress.push(bytesRead) });
  const expected = Array.from({ length: Math.ceil(archive.length / 64) }, (_, at) =>
    Math.min((at + 1) * 64, archive.length),
  );
  assert.deepEqual(progress, expected);
});

test('a manifest gets every member, files with the hash of their content', async () => {
  const writer = new ManifestWriter();
  await inspectArchive(sourceOf(archive, 7), { manifest: writer });
  const manifest = writer.finish();
  const common = { uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 };
  const file = { ...common, type: 'file', mode: 0o644 };
  assert.deepEqual(
    [...manifest.members()],
    [
      { ...common, path: '.', type: 'directory', sizeBytes: 0, mode: 0o755 },
      { ...file, path: 'first', sizeBytes: 600, sha256: sha256(Buffer.from(first.content)) },
      { ...file, path: 'se\ncond', sizeBytes: 1000, sha256: sha256(Buffer.from(second.content)) },
    ],
  );
  manifest.close();
});

test('what the manifest throws is thrown on, not taken for a fault of the archive', async () => {
  const writer = new ManifestWriter();
  const full = new Error('ENOSPC: no space left on device, write');
  writer.add = () => {
    throw full;
  };
  await assert.rejects(inspectArchive(sourceOf(archive), { manifest: writer }), full);
  writer.close();
});
