// Reads an archive that is never stored, to see what memory that takes: `node inspect-stream.ts BYTES`, less than 8 GiB.
//
// It holds one file that cannot be compressed, in the stored blocks of one gzip part.
import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ArchiveSource } from '../../src/archive/archive-source.ts';
import { inspectArchive } from '../../src/archive/inspect-archive.ts';
import { endMarker, tarHeader, tarMember } from '../../test/support/tar-builder.ts';

const pieceBytes = 256 * 1024;
const blockBytes = 32 * 1024;
const gzipHeader = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
const lastBlock = Buffer.of(1, 0, 0, 0xff, 0xff);

/** The bytes in deflate's stored blocks: five bytes, then up to 65,535 as they are. */
function stored(bytes: Buffer): Buffer {
  const count = Math.ceil(bytes.length / blockBytes);
  const blocks = Buffer.allocUnsafeSlow(bytes.length + 5 * count);
  for (let block = 0, at = 0; block < count; block++) {
    const part = bytes.subarray(block * blockBytes, (block + 1) * blockBytes);
    at = blocks.writeUInt8(0, at);
    at = blocks.writeUInt16LE(part.length, at);
    at = blocks.writeUInt16LE(part.length ^ 0xffff, at);
    blocks.set(part, at);
    at += part.length;
  }
  return blocks;
}

function generated(wantedBytes: number): ArchiveSource {
  const content = randomFillSync(Buffer.alloc(pieceBytes));
  const count = Math.ceil(wantedBytes / pieceBytes);
  const root = tarMember({ name: './', typeFlag: '5', mode: 0o755 });
  const file = tarHeader({ name: './file', sizeBytes: count * pieceBytes });
  const head = Buffer.concat([root, file]);
  const around = [gzipHeader, stored(head), stored(endMarker), lastBlock, Buffer.alloc(8)];
  const aroundBytes = around.reduce((sum, { length }) => sum + length, 0);
  return {
    path: '/generated.tar.gz',
    sizeBytes: aroundBytes + count * stored(content).length,
    async *read() {
      yield Buffer.from(gzipHeader);
      let crc = crc32(head);
      yield stored(head);
      for (let index = 0; index < count; index++) {
        crc = crc32(content, crc);
        yield stored(content);
      }
      yield stored(endMarker);
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(crc32(endMarker, crc));
      trailer.writeUInt32LE((head.length + count * pieceBytes + endMarker.length) % 2 ** 32, 4);
      yield Buffer.concat([lastBlock, trailer]);
    },
    close: async () => {},
  };
}

const { verdict, members, sizeBytes } = await inspectArchive(generated(Number(process.argv[2])));
console.error(`${verdict.result}: ${members} members, ${sizeBytes} bytes`);
process.exitCode = verdict.result === 'complete' ? 0 : 1;
