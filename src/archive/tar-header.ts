/**
 * One tar header as tar-stream decodes it, turned into a `Member`; and what tar-stream leaves out: pax numbers,
 * names as bytes, times before 1970, and the members that this tool refuses to vouch for.
 */
import { normalisePath, unsafePathReason } from '../domain/archive-path.ts';
import type { Member, MemberType } from '../domain/member.ts';

/** What tar-stream 3.2 emits; `@types/tar-stream` lacks `byteOffset` and `pax`. */
export interface TarHeader {
  /** Bytes as latin1 from the header itself and from GNU records; text where it comes from `pax`. */
  readonly name: string;
  readonly linkname: string | null;
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly size: number;
  readonly mtime: Date;
  /** Null for a type that tar-stream does not know. */
  readonly type: string | null;
  /** Where the content begins in the tar stream. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

export interface DecodedHeader {
  readonly member: Member;
  /** Why the member must not be extracted, as a phrase without subject. */
  readonly unsafe?: string;
  /** The field that holds no number where there must be one. */
  readonly invalid?: string;
  /** Tars disagree on where the member ends, so nothing after it can be read. */
  readonly endUnknown: boolean;
  /** Whether pax records override the plain header: busybox tar extracts such a member by its plain header. */
  readonly usesPax: boolean;
}

const memberTypes: ReadonlyMap<string, MemberType> = new Map([
  ['file', 'file'],
  ['contiguous-file', 'file'],
  ['directory', 'directory'],
  ['symlink', 'symlink'],
  ['link', 'hardlink'],
  ['fifo', 'fifo'],
  ['character-device', 'character-device'],
  ['block-device', 'block-device'],
] as const);

export const typeFlagOffset = 156;

/** `block` is the header's own 512 bytes. */
export function decodeHeader(header: TarHeader, block: Buffer): DecodedHeader {
  const { pax } = header;
  const typeFlag = String.fromCharCode(block[typeFlagOffset] ?? 0);
  const storedPath = pax?.path ? toBytes(pax.path) : header.name;
  const target = pax?.linkpath ? toBytes(pax.linkpath) : (header.linkname ?? '');
  const type = memberType(header, storedPath);
  const numbers = {
    sizeBytes: type === 'file' ? header.size : 0,
    mode: header.mode === null ? Number.NaN : header.mode & 0o7777,
    uid: Number(pax?.uid ?? header.uid ?? Number.NaN),
    gid: Number(pax?.gid ?? header.gid ?? Number.NaN),
    mtimeSeconds: mtimeSeconds(header, block),
  };
  const member = {
    path: normalisePath(storedPath),
    type: type ?? 'file',
    ...numbers,
    ...(type === 'symlink' && { linkTarget: target }),
    ...(type === 'hardlink' && { linkTarget: normalisePath(target) }),
  };
  const unsafe = unsafeReason({ header, storedPath, target, type, typeFlag });
  const invalid = invalidField(numbers);
  return {
    member,
    ...(unsafe !== undefined && { unsafe }),
    ...(invalid !== undefined && { invalid }),
    endUnknown: typeFlag === 'S' || (header.type === 'directory' && header.size !== 0),
    usesPax: pax !== null && overridingKeys.some((key) => key in pax),
  };
}

/** Pax records that change how a member is extracted by a tar that knows them. */
const overridingKeys = ['path', 'linkpath', 'size', 'uid', 'gid'];

function invalidField({ mtimeSeconds, ...counts }: Readonly<Record<string, number>>): string | undefined {
  if (!Number.isSafeInteger(mtimeSeconds)) return 'modification time';
  return Object.keys(counts).find(
    (field) => !Number.isSafeInteger(counts[field]) || Number(counts[field]) < 0,
  );
}

/** Archives older than ustar mark a directory by nothing but a `/` at the end of its name. */
function memberType(header: TarHeader, storedPath: string): MemberType | undefined {
  const type = memberTypes.get(header.type ?? '');
  return type === 'file' && storedPath.endsWith('/') ? 'directory' : type;
}

interface StoredMember {
  readonly header: TarHeader;
  readonly storedPath: string;
  readonly target: string;
  readonly type: MemberType | undefined;
  readonly typeFlag: string;
}

function unsafeReason({ header, storedPath, target, type, typeFlag }: StoredMember): string | undefined {
  const inName = unsafePathReason(storedPath);
  if (inName !== undefined) return inName;
  const pax = header.pax ?? {};
  if (typeFlag === 'S' || Object.keys(pax).some((key) => key.startsWith('GNU.sparse.'))) {
    return 'a GNU sparse file, whose content this tool cannot prove';
  }
  if (type === undefined) return `a member of the unknown type '${typeFlag}'`;
  if (type === 'character-device' || type === 'block-device') return `a ${type.replace('-', ' ')}`;
  if (type !== 'file' && header.size !== 0) return `a ${type} with content`;
  if (`${pax.path}${pax.linkpath}`.includes('\ufffd')) return 'a pax name that is not UTF-8';
  if (target.includes('\0')) return 'a link target with a NUL byte';
  if (type === 'symlink' && target === '') return 'a symlink without a target';
  const inTarget = type === 'hardlink' ? unsafePathReason(target) : undefined;
  return inTarget === undefined ? undefined : `a hard link to ${inTarget}`;
}

function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const mtimeOffset = 136;
const mtimeLength = 12;
const base256Negative = 0xff;

/** Whole seconds, rounded down. tar-stream is one second off for base-256 times before 1970. */
function mtimeSeconds({ pax, mtime }: TarHeader, block: Buffer): number {
  if (pax?.mtime !== undefined) return Math.floor(Number(pax.mtime));
  if (block[mtimeOffset] !== base256Negative) return mtime.getTime() / 1000;
  return Number(block.readBigInt64BE(mtimeOffset + mtimeLength - 8));
}
