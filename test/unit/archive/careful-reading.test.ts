/** How much of a damaged archive is found: all that comes before the damage, to within one small chunk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { blockBytes, sourceOf, tarOf } from '../../support/tar-builder.ts';

const contentBytes = 19 * blockBytes;
const memberBytes = contentBytes + blockBytes;
const chunkBytes = 16 * 1024;

const archive = gzipSync(
  tarOf(
    ...Array.from({ length: 400 }, (_, number) => ({
      name: `./${number}`,
      content: Buffer.alloc(contentBytes, number),
    })),
  ),
  { level: 0 },
);
const { at, soundBytes } = headerOfStored(35);

/** Where a block of the deflated data begins that is kept as it is, and how many bytes come out before it. */
function headerOfStored(block: number): { readonly at: number; readonly soundBytes: number } {
  let at = 10;
  for (let passed = 0; passed < block; passed++) at += 5 + archive.readUInt16LE(at + 1);
  return { at, soundBytes: at - 10 - 5 * block };
}

test('a careful reading names the place of the damage, and finds what comes before it', async () => {
  const damaged = Buffer.from(archive);
  damaged.writeUInt8(0xff, at);

  const rough = await inspectArchive(sourceOf(damaged));
  const careful = await inspectArchive(sourceOf(damaged), { careful: true });

  assert.equal(rough.verdict.result, 'corrupt');
  assert.equal(rough.isRough, true);
  assert.equal(careful.isRough, undefined);
  const least = Math.floor((soundBytes - chunkBytes) / memberBytes);
  const number = careful.verdict.member?.number ?? 0;
  assert.ok(
    number > least && number <= Math.ceil((soundBytes + chunkBytes) / memberBytes),
    `${number} of ${least}`,
  );
  assert.ok((rough.verdict.member?.number ?? 0) < number);
});
