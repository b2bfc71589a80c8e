/** The parts of a manifest, which its writer fills and its reader reads. */
import type { Lost, Member, MemberType } from '../domain/member.ts';
import type { HardLinks } from './hard-links.ts';
import type { PathIndex } from './path-index.ts';
import type { RecordFile } from './record-file.ts';
import { releaseMemory } from './release.ts';

/** A member as stored: JSON of this, each character one byte. */
export type MemberRecord = readonly [
  path: string,
  type: MemberType,
  sizeBytes: number,
  mode: number,
  uid: number,
  gid: number,
  mtimeSeconds: number,
  linkTarget: string | null,
  sha256: string | null,
  lost: Lost | null,
];

/** A member lands, is left out, or is a folder that lands only if something below it does. */
export type Place = 'lands' | 'if-needed' | 'left-out';

/**
 * Flags of a member, one at a time; 0 for one that lands: a later one has its path; the volume has something at its
 * path; it is a folder that lands only if something below it does; it is left out.
 */
export const superseded = 1;
export const seen = 2;
export const ifNeeded = 3;
export const leftOut = 4;

/** In the index: a directory above some member that is no member itself. Members are numbered from 1. */
export const onTheWay = 0;

export interface MemberTable {
  readonly file: RecordFile;
  readonly index: PathIndex;
  /** By number: where the record begins; that of the next one is where it ends. */
  offsets: Float64Array;
  /** By number. */
  flags: Uint8Array;
  /** Of the last member. */
  number: number;
  /** Paths for which some member lands. */
  landingPaths: number;
  readonly links: HardLinks;
  /**
   * What does not land under its own name, but under that of a hard link: by its number, that of the first such link,
   * which stands for it. Known once all members are.
   */
  readonly standIns: Map<number, number>;
  /** Some path has several members that are no directories. */
  hasRepeats: boolean;
}

export function toRecord(member: Member): MemberRecord {
  const { path, type, sizeBytes, mode, uid, gid, mtimeSeconds, linkTarget, sha256, lost } = member;
  return [
    path,
    type,
    sizeBytes,
    mode,
    uid,
    gid,
    mtimeSeconds,
    linkTarget ?? null,
    sha256 ?? null,
    lost ?? null,
  ];
}

/** Makes room for more members. */
export function grow(table: MemberTable): void {
  const { offsets, flags } = table;
  table.offsets = new Float64Array(offsets.length * 2);
  table.offsets.set(offsets);
  table.flags = new Uint8Array(flags.length * 2);
  table.flags.set(flags);
  for (const { buffer } of [offsets, flags]) releaseMemory(buffer);
}

export function readRecord({ file, offsets }: MemberTable, number: number): MemberRecord {
  const offset = offsets[number] ?? 0;
  const bytes = file.read(offset, (offsets[number + 1] ?? offset) - offset);
  return JSON.parse(bytes.toString('latin1')) as MemberRecord;
}

/** As it stands on a volume after extraction: see `Manifest`. */
export function readMember(table: MemberTable, number: number): Member {
  const inode = table.links.inodeOf(number);
  const content = memberOf(readRecord(table, inode));
  if (inode === number) return content;
  const [path] = readRecord(table, number);
  const standIn = table.standIns.get(inode);
  if (content.type !== 'file' || standIn === number) return { ...content, path };
  const linkTarget = standIn === undefined ? content.path : readRecord(table, standIn)[0];
  return { ...content, path, type: 'hardlink', linkTarget };
}

function memberOf([
  path,
  type,
  sizeBytes,
  mode,
  uid,
  gid,
  mtimeSeconds,
  linkTarget,
  sha256,
  lost,
]: MemberRecord): Member {
  return {
    path,
    type,
    sizeBytes,
    mode,
    uid,
    gid,
    mtimeSeconds,
    ...(linkTarget !== null && { linkTarget }),
    ...(sha256 !== null && { sha256 }),
    ...(lost !== null && { lost }),
  };
}
