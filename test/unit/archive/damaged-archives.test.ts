/** Properties: what holds for every damage and every way of reading, on a small archive with many kinds of members. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { blockBytes, gnuLongName, paxHeader, sourceOf, tarOf } from '../../support/tar-builder.ts';

const tar = tarOf(
  { name: './d/', typeFlag: '5' },
  { name: './d/empty' },
  { name: './d/text', content: 'some text, '.repeat(90) },
  gnuLongName('L', `./${'long/'.repeat(40)}name`),
  { name: './long', content: 'x' },
  gnuLongName('K', 'target/'.repeat(30)),
  { name: './l', typeFlag: '2', linkTarget: 'target' },
  { name: './h', typeFlag: '1', linkTarget: './d/text' },
  paxHeader({ path: './d/ünï', mtime: '1.5' }),
  { name: './pax', content: Buffer.from(Array.from({ length: 700 }, (_, at) => (at * 167) % 251)) },
);
const archive = gzipSync(tar);
const expectedSha256 = createHash('sha256').update(archive).digest('hex');

function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(at) ^ bits, at);
  return damaged;
}

function inflatesTo(bytes: Buffer, expected: Buffer): boolean {
  try {
    return gunzipSync(bytes).equals(expected);
  } catch {
    return false;
  }
}

async function resultOf(bytes: Buffer, checksum?: string): Promise<string> {
  return (await inspectArchive(sourceOf(bytes), { expectedSha256: checksum })).verdict.result;
}

const position = fc.nat({ max: archive.length - 1 });
const bits = fc.integer({ min: 1, max: 255 });

test('the archive as it was made is complete', async () => {
  assert.equal(await resultOf(archive, expectedSha256), 'complete');
});

test('any changed byte is a checksum mismatch', async () => {
  await fc.assert(
    fc.asyncProperty(position, bits, async (at, change) => {
      assert.equal(await resultOf(flipped(archive, at, change), expectedSha256), 'checksum-mismatch');
    }),
  );
});

test('without a checksum, an archive with a changed byte is complete only if it inflates to the same tar', async () => {
  await fc.assert(
    fc.asyncProperty(position, bits, async (at, change) => {
      const damaged = flipped(archive, at, change);
      assert.equal((await resultOf(damaged)) === 'complete', inflatesTo(damaged, tar));
    }),
    { numRuns: 500 },
  );
});

test('cut at any length, an archive is never complete', async () => {
  for (let length = 0; length < archive.length; length += 1) {
    const cut = archive.subarray(0, length);
    const results = [await resultOf(cut), await resultOf(cut, expectedSha256)];
    assert.deepEqual(
      results,
      length === 0 ? ['empty', 'empty'] : ['truncated', 'checksum-mismatch'],
      `${length} bytes`,
    );
  }
});

test('whole gzip data around a tar cut anywhere, also between two blocks, is truncated', async () => {
  const nearBlocks = Array.from({ length: tar.length / blockBytes }, (_, at) =>
    [0, 1, 511].map((more) => at * blockBytes + more),
  );
  for (const length of nearBlocks.flat()) {
    assert.equal(
      await resultOf(gzipSync(tar.subarray(0, length), { level: 1 })),
      'truncated',
      `${length} bytes`,
    );
  }
});

test('any changed byte in a header or in the end marker is noticed', async () => {
  const headers = [0, blockBytes, tar.length - 2 * blockBytes, tar.length - blockBytes];
  const outsideChecksum = fc.nat({ max: blockBytes - 1 }).filter((at) => at < 148 || at >= 156);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...headers), outsideChecksum, bits, async (header, at, change) => {
      assert.notEqual(await resultOf(gzipSync(flipped(tar, header + at, change))), 'complete');
    }),
    { numRuns: 300 },
  );
});

test('however the bytes come, the inspection is the same', async () => {
  const whole = await inspectArchive(sourceOf(archive), { showFiles: 100 });
  const cutAt = fc.integer({ min: 1, max: archive.length });
  await fc.assert(
    fc.asyncProperty(cutAt, fc.integer({ min: 1, max: 700 }), async (length, chunkBytes) => {
      assert.deepEqual(await inspectArchive(sourceOf(archive, chunkBytes), { showFiles: 100 }), whole);
      const cut = archive.subarray(0, length);
      assert.deepEqual(await inspectArchive(sourceOf(cut, chunkBytes)), await inspectArchive(sourceOf(cut)));
    }),
  );
});
