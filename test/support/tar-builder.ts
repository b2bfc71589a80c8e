/** Raw tar bytes, so that a test can also build what no tar program would write. */
import { gzipSync } from 'node:zlib';
import type { ArchiveSource } from '../../src/archive/archive-source.ts';

export const blockBytes = 512;

/** Two zero blocks. */
export const endMarker = Buffer.alloc(2 * blockBytes);

export interface TarMember {
  /** Bytes as latin1. */
  readonly name: string;
  /** Default `0`, a file. */
  readonly typeFlag?: string;
  readonly content?: string | Buffer;
  readonly linkTarget?: string;
  /** What the header says; default the content's length. */
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds?: number;
  /** Default GNU's `ustar  `; `ustar\0` + `00` is POSIX, empty is older than both. */
  readonly magic?: string;
  readonly prefix?: string;
}

export function tarHeader(member: TarMember): Buffer {
  const content = contentOf(member);
  const header = Buffer.alloc(blockBytes);
  header.write(member.name, 0, 100, 'latin1');
  header.write(octal(member.mode ?? 0o644, 7), 100);
  header.write(octal(member.uid ?? 0, 7), 108);
  header.write(octal(member.gid ?? 0, 7), 116);
  header.write(octal(member.sizeBytes ?? content.length, 11), 124);
  writeNumber(header, 136, member.mtimeSeconds ?? 1_700_000_000);
  header.write(member.typeFlag ?? '0', 156, 1, 'latin1');
  header.write(member.linkTarget ?? '', 157, 100, 'latin1');
  header.write(member.magic ?? 'ustar  \0', 257, 8, 'latin1');
  header.write(member.prefix ?? '', 345, 155, 'latin1');
  return withChecksum(header);
}

/** Header, content and padding. */
export function tarMember(member: TarMember): Buffer {
  return Buffer.concat([tarHeader(member), padded(contentOf(member))]);
}

/** A pax extended header with these records, for the member that follows. */
export function paxHeader(records: Readonly<Record<string, string>>, typeFlag = 'x'): Buffer {
  const lines = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return tarMember({ name: './PaxHeaders/x', typeFlag, content: Buffer.concat(lines) });
}

/** A GNU record (`L`: name, `K`: link target) for the member that follows. */
export function gnuLongName(typeFlag: 'L' | 'K', name: string): Buffer {
  return tarMember({ name: '././@LongLink', typeFlag, content: `${name}\0` });
}

/** The members after a `./`, with an end marker. */
export function tarOf(...members: ReadonlyArray<TarMember | Buffer>): Buffer {
  const parts = members.map((member) => (Buffer.isBuffer(member) ? member : tarMember(member)));
  return Buffer.concat([tarMember({ name: './', typeFlag: '5', mode: 0o755 }), ...parts, endMarker]);
}

/** A source of these bytes, read in chunks of `chunkBytes`. */
export function sourceOf(bytes: Buffer, chunkBytes = 1024 * 1024): ArchiveSource {
  return {
    path: '/archive.tar.gz',
    sizeBytes: bytes.length,
    async *read({ start = 0 } = {}) {
      for (let at = start; at < bytes.length; at += chunkBytes)
        yield Buffer.from(bytes.subarray(at, at + chunkBytes));
    },
    close: async () => {},
  };
}

/** A source of the gzipped tar. */
export function archiveOf(...members: ReadonlyArray<TarMember | Buffer>): ArchiveSource {
  return sourceOf(gzipSync(tarOf(...members)));
}

export function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function contentOf({ content = '' }: TarMember): Buffer {
  return typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
}

function padded(content: Buffer): Buffer {
  const missing = (blockBytes - (content.length % blockBytes)) % blockBytes;
  return Buffer.concat([content, Buffer.alloc(missing)]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** Octal, or base 256 for negative numbers. */
function writeNumber(header: Buffer, offset: number, value: number): void {
  if (value >= 0) {
    header.write(octal(value, 11), offset);
  } else {
    header.fill(0xff, offset, offset + 12);
    header.writeBigInt64BE(BigInt(value), offset + 4);
  }
}

function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`, 'utf8');
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}
