/**
 * One tar header turned into a `Member`: names as tar-stream decodes them, and what it leaves out or takes for a number
 * that is none: modes, owners, times, pax numbers, and the members that this tool refuses to vouch for.
 */
import { normalisePath, unsafePathReason } from '../domain/archive-path.ts';
import type { Member, MemberType } from '../domain/member.ts';
import type { DecodedFields } from './header-decoder.ts';
import { paxCount } from './pax-records.ts';
import { countAt, dumpdirFlag, hasStrayPrefix, isUstar, numberAt, typeFlagOf } from './tar-field.ts';
import type { StoredHeader } from './tar-walk.ts';

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
  /** Whether only the parts between holes are stored: busybox tar takes those for the file, or refuses it. */
  readonly isSparse: boolean;
  /** Whether busybox tar refuses it, or what stands before it, or passes over it, or takes it for something else. */
  readonly isForeign: boolean;
}

const memberTypes: ReadonlyMap<string, MemberType> = new Map([
  ['0', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'character-device'],
  ['4', 'block-device'],
  ['5', 'directory'],
  [dumpdirFlag, 'directory'],
  ['6', 'fifo'],
  // A contiguous file, and a sparse one.
  ['7', 'file'],
  ['S', 'file'],
] as const);

export function decodeHeader(header: StoredHeader, fields: DecodedFields): DecodedHeader {
  const { pax, block, sparse } = header;
  const typeFlag = typeFlagOf(block);
  const storedPath = pax.get('GNU.sparse.name') ?? pax.get('path') ?? header.longName ?? fields.name;
  const target = pax.get('linkpath') ?? header.longLink ?? fields.linkname ?? '';
  const type = memberType(typeFlag, storedPath);
  const numbers = {
    sizeBytes: type === 'file' ? (sparse?.fileBytes ?? header.storedBytes) : 0,
    mode: permissionBits(countAt(block, ...modeField)),
    uid: idOf(pax.get('uid'), countAt(block, ...uidField)),
    gid: idOf(pax.get('gid'), countAt(block, ...gidField)),
    mtimeSeconds: mtimeSeconds(header),
  };
  const member = {
    path: normalisePath(storedPath),
    type: type ?? 'file',
    ...numbers,
    ...(type === 'symlink' && { linkTarget: target }),
    ...(type === 'hardlink' && { linkTarget: normalisePath(target) }),
  };
  const unsafe = header.refused ?? unsafeReason({ header, storedPath, target, type, typeFlag });
  const invalid = invalidField(numbers);
  return {
    member,
    ...(unsafe !== undefined && { unsafe }),
    ...(invalid !== undefined && { invalid }),
    endUnknown: type === 'directory' && header.storedBytes !== 0,
    usesPax: pax.size > 0 && (overridingKeys.some((key) => pax.has(key)) || hasOtherTime(header)),
    isSparse: sparse !== undefined,
    isForeign:
      header.followsLabel ||
      !isUstar(block) ||
      hasStrayPrefix(block) ||
      (type === 'directory' && typeFlag !== '5'),
  };
}

type Numbers = Pick<Member, 'sizeBytes' | 'mode' | 'uid' | 'gid' | 'mtimeSeconds'>;

/** Pax records that change how a member is extracted by a tar that knows them. */
const overridingKeys = ['path', 'linkpath', 'GNU.sparse.name', 'size', 'uid', 'gid'];

/** Where in the header, and of how many bytes. */
const modeField = [100, 8] as const;
const uidField = [108, 8] as const;
const gidField = [116, 8] as const;
const mtimeField = [136, 12] as const;

function permissionBits(mode: number | undefined): number {
  return mode === undefined ? Number.NaN : mode & 0o7777;
}

function idOf(inPax: string | undefined, inHeader: number | undefined): number {
  return (inPax === undefined ? inHeader : paxCount(inPax)) ?? Number.NaN;
}

function invalidField(numbers: Numbers): string | undefined {
  if (!Number.isSafeInteger(numbers.mtimeSeconds)) return 'modification time';
  if (!isCount(numbers.sizeBytes)) return 'size';
  if (!isCount(numbers.mode)) return 'mode';
  if (!isCount(numbers.uid)) return 'uid';
  return isCount(numbers.gid) ? undefined : 'gid';
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Archives older than ustar mark a directory by nothing but a `/` at the end of its name. */
function memberType(typeFlag: string, storedPath: string): MemberType | undefined {
  const type = memberTypes.get(typeFlag);
  return type === 'file' && storedPath.endsWith('/') ? 'directory' : type;
}

interface StoredMember {
  readonly header: StoredHeader;
  readonly storedPath: string;
  readonly target: string;
  readonly type: MemberType | undefined;
  readonly typeFlag: string;
}

function unsafeReason({ header, storedPath, target, type, typeFlag }: StoredMember): string | undefined {
  const inName = unsafePathReason(storedPath);
  if (inName !== undefined) return inName;
  if (type === undefined) return `a member of the unknown type '${typeFlag}'`;
  if (type === 'character-device' || type === 'block-device') return `a ${type.replace('-', ' ')}`;
  if (type !== 'file' && header.storedBytes !== 0) return `a ${type} with content`;
  if (target.includes('\0')) return 'a link target with a NUL byte';
  if (type === 'symlink' && target === '') return 'a symlink without a target';
  const inTarget = type === 'hardlink' ? unsafePathReason(target) : undefined;
  return inTarget === undefined ? undefined : `a hard link to ${inTarget}`;
}

/** Whole seconds, rounded down. */
function mtimeSeconds({ pax, block }: StoredHeader): number {
  const inPax = pax.get('mtime');
  if (inPax === undefined) return plainMtimeSeconds(block);
  return /^-?\d+(\.\d*)?$/.test(inPax) ? Math.floor(Number(inPax)) : Number.NaN;
}

/** As of files from before 1970, of which the plain header says 0. */
function hasOtherTime(header: StoredHeader): boolean {
  return header.pax.has('mtime') && mtimeSeconds(header) !== plainMtimeSeconds(header.block);
}

function plainMtimeSeconds(block: Buffer): number {
  return numberAt(block, ...mtimeField) ?? Number.NaN;
}
