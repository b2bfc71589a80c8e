/**
 * Members as GNU tar's own format, which GNU tar and busybox read alike: long names in `L` and `K` records, numbers
 * that are too large or negative in base 256, no pax. The same member is always the same bytes.
 */
import type { Member, MemberType } from '../domain/member.ts';
import { blockBytes } from './tar-field.ts';

/** Two zero blocks. */
export const endMarkerBytes = 2 * blockBytes;

const nameBytes = 100;

const typeFlags: Readonly<Partial<Record<MemberType, string>>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  directory: '5',
  fifo: '6',
};

/** All that comes before the content: the header, after records for what does not fit into it. */
export function encodeHeader(member: Member): Buffer {
  const { type, linkTarget } = member;
  const name = type === 'directory' ? `${storedName(member.path)}/` : storedName(member.path);
  const target = type === 'hardlink' ? storedName(linkTarget ?? '') : (linkTarget ?? '');
  return Buffer.concat([
    ...(target.length >= nameBytes ? longRecord('K', target) : []),
    ...(name.length >= nameBytes ? longRecord('L', name) : []),
    header({ ...member, name, target, sizeBytes: contentBytes(member), typeFlag: typeFlagOf(member) }),
  ]);
}

/** Bytes of content that follow the header. */
export function contentBytes({ type, sizeBytes }: Member): number {
  return type === 'file' ? sizeBytes : 0;
}

/** Zeros after content of that size. */
export function paddingBytes(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** `./` as in NKVM's own archives, so that no name begins with a dash. */
function storedName(path: string): string {
  return path === '.' ? '.' : `./${path}`;
}

function typeFlagOf({ type, path }: Member): string {
  const flag = typeFlags[type];
  if (flag === undefined) throw new Error(`${path} is a ${type}, which no archive restores`);
  return flag;
}

interface Header {
  readonly name: string;
  readonly typeFlag: string;
  readonly target: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
}

/** As GNU tar writes them: content of a pseudo-member, with its NUL. */
function longRecord(typeFlag: 'K' | 'L', name: string): readonly Buffer[] {
  const sizeBytes = name.length + 1;
  const nobody = { target: '', mode: 0, uid: 0, gid: 0, mtimeSeconds: 0 };
  const content = Buffer.alloc(sizeBytes + paddingBytes(sizeBytes));
  content.write(name, 'latin1');
  return [header({ ...nobody, name: '././@LongLink', typeFlag, sizeBytes }), content];
}

function header({ name, typeFlag, target, sizeBytes, mode, uid, gid, mtimeSeconds }: Header): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name.slice(0, nameBytes), 0, 'latin1');
  writeNumber(block.subarray(100, 108), mode);
  writeNumber(block.subarray(108, 116), uid);
  writeNumber(block.subarray(116, 124), gid);
  writeNumber(block.subarray(124, 136), sizeBytes);
  writeNumber(block.subarray(136, 148), mtimeSeconds);
  block.fill(' ', 148, 156);
  block.write(typeFlag, 156, 'latin1');
  block.write(target.slice(0, nameBytes), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Octal digits and a NUL where they hold the number, else base 256 in two's complement, its top bit set. */
function writeNumber(field: Buffer, value: number): void {
  const digits = field.length - 1;
  if (value >= 0 && value < 8 ** digits) {
    field.write(value.toString(8).padStart(digits, '0'), 'latin1');
    return;
  }
  field.fill(value < 0 ? 0xff : 0);
  field.writeBigInt64BE(BigInt(value), field.length - 8);
  field[0] = value < 0 ? 0xff : 0x80;
}
