/** The parts of a manifest, which its writer fills and its reader reads. */
import type { Lost, Member, MemberType } from '../domain/member.ts';
import type { PathIndex } from './path-index.ts';
import type { RecordFile } from './record-file.ts';

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
  /** Number of the member whose inode a hard link shares, else 0. */
  sharesInodeOf: number,
  lost: Lost | null,
];

/** Flags of a member: a later one has its path; the volume has something at its path. */
export const superseded = 1;
export const seen = 2;

export interface MemberTable {
  readonly file: RecordFile;
  readonly index: PathIndex;
  /** By number: where the record begins; that of the next one is where it ends. */
  offsets: Float64Array;
  /** By number. */
  flags: Uint8Array;
  /** Of the last member. */
  number: number;
  supersededMembers: number;
}

export function toRecord(member: Member, sharesInodeOf: number): MemberRecord {
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
    sharesInodeOf,
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
}
