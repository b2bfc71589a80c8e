import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { ManifestWriter } from '../../../src/archive/manifest-writer.ts';
import { incompleteWords } from '../../../src/domain/incomplete.ts';
import { incompleteArchive } from '../../../src/runbook/accept-incomplete.ts';
import { sourceOf, tarOf } from '../../support/tar-builder.ts';

const tar = tarOf({ name: './first', content: 'one' }, { name: './second', content: 'two' });
const whole = gzipSync(tar);

async function wordsOf(t: TestContext, bytes: Buffer, expectedSha256?: string): Promise<string | undefined> {
  const manifest = new ManifestWriter();
  t.after(() => manifest.close());
  const incomplete = incompleteArchive(await inspectArchive(sourceOf(bytes), { manifest, expectedSha256 }));
  return incomplete && incompleteWords(incomplete, 'restored');
}

function withTrailer(crcBits: number, lengthBits: number, bytes: Buffer = whole): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt32LE((changed.readUInt32LE(changed.length - 8) ^ crcBits) >>> 0, changed.length - 8);
  changed.writeUInt32LE((changed.readUInt32LE(changed.length - 4) ^ lengthBits) >>> 0, changed.length - 4);
  return changed;
}

const other = 'ab'.repeat(32);
const mayBeWrong = 'any of these members may hold wrong bytes';
const allButUnproven = '3 members restored, none is missing; the gzip checksum fails';

for (const { what, bytes, filed, words } of [
  { what: 'that is complete', bytes: whole, words: undefined },
  { what: 'whose gzip checksum fails', bytes: withTrailer(1, 0), words: `${allButUnproven}: ${mayBeWrong}` },
  { what: 'whose gzip length fails', bytes: withTrailer(0, 1), words: `${allButUnproven}: ${mayBeWrong}` },
  {
    what: 'whose gzip checksum fails, which is not the filed one either',
    bytes: withTrailer(1, 0),
    filed: other,
    words: `${allButUnproven}: ${mayBeWrong}`,
  },
  {
    what: 'that is another one than was filed',
    bytes: whole,
    filed: other,
    words: `3 members restored, none is missing; the checksum is not the filed one: ${mayBeWrong}`,
  },
  {
    what: 'that something else follows',
    bytes: Buffer.concat([whole, Buffer.from('more')]),
    words: '3 whole members restored, none is missing',
  },
  {
    what: 'without its end marker',
    bytes: gzipSync(tar.subarray(0, -1024)),
    words: '3 whole members restored, the rest is lost',
  },
  {
    what: 'whose second part of two fails its check',
    bytes: Buffer.concat([
      gzipSync(tar.subarray(0, 512)),
      withTrailer(1, 0, gzipSync(tar.subarray(512, 1536))),
      gzipSync(tar.subarray(1536)),
    ]),
    words: `2 members restored, the rest is lost; the gzip checksum fails: ${mayBeWrong}`,
  },
  {
    what: 'of two tars, of which the first alone is read',
    bytes: gzipSync(Buffer.concat([tar, tar])),
    words: `3 members restored, the rest is lost; the data is damaged: ${mayBeWrong}`,
  },
]) {
  test(`an archive ${what} is said to hold ${words ?? 'all'}`, async (t) => {
    assert.equal(await wordsOf(t, bytes, filed), words);
  });
}
