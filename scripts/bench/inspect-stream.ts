// Reads an archive that is never stored, to see what memory that takes: `node inspect-stream.ts BYTES`.
//
// It is one gzip part after the other, each of them a member of 4 MiB that cannot be compressed.
import { randomFillSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ArchiveSource } from '../../src/archive/archive-source.ts';
import { inspectArchive } from '../../src/archive/inspect-archive.ts';
import { endMarker, tarMember } from '../../test/support/tar-builder.ts';

const chunkBytes = 256 * 1024;

function generated(wantedBytes: number): ArchiveSource {
  const root = gzipSync(tarMember({ name: './', typeFlag: '5', mode: 0o755 }));
  const content = randomFillSync(Buffer.alloc(4 * 1024 * 1024));
  const member = gzipSync(tarMember({ name: './file', content }), { level: 1 });
  const end = gzipSync(endMarker);
  const count = Math.ceil(wantedBytes / member.length);
  return {
    path: '/generated.tar.gz',
    sizeBytes: root.length + count * member.length + end.length,
    async *read() {
      yield Buffer.from(root);
      for (let index = 0; index < count; index++) {
        for (let at = 0; at < member.length; at += chunkBytes) {
          const part = member.subarray(at, at + chunkBytes);
          const chunk = Buffer.allocUnsafeSlow(part.length);
          chunk.set(part);
          yield chunk;
        }
      }
      yield Buffer.from(end);
    },
    close: async () => {},
  };
}

const { verdict, members, sizeBytes } = await inspectArchive(generated(Number(process.argv[2])));
console.error(`${verdict.result}: ${members} members, ${sizeBytes} bytes`);
process.exitCode = verdict.result === 'complete' ? 0 : 1;
