import { displayPath, linkPointsOutside } from '../domain/archive-path.ts';
import type { Member, MemberType } from '../domain/member.ts';
import type { DecodedHeader } from './tar-header.ts';

/** What an archive holds, as far as it was read. */
export interface ArchiveContents {
  readonly members: number;
  /** Bytes of content in all files. */
  readonly contentBytes: number;
  readonly types: Readonly<Record<MemberType, number>>;
  /** The twenty owners with the most members, most first. */
  readonly owners: readonly MemberOwner[];
  /** The largest file; absent when there is no file. `path` is readable text. */
  readonly largest?: { readonly path: string; readonly sizeBytes: number };
  readonly setuid: number;
  readonly setgid: number;
  readonly lostAndFound: boolean;
  /** Symlinks that are absolute or lead above the root: harmless to extract, of note to whoever follows them. */
  readonly linksPointingOutside: number;
  /** Members that busybox tar would extract otherwise than this archive says, as it does not read pax records. */
  readonly paxMembers: number;
  /** Members of which only the parts between holes are stored; busybox tar cannot read them. */
  readonly sparseMembers: number;
  /** Members of dialects that busybox tar refuses, passes over or misplaces, as those older than ustar and GNU's own. */
  readonly foreignMembers: number;
  /** Owner and mode of the volume's root; absent when the archive has no `./`. */
  readonly root?: { readonly uid: number; readonly gid: number; readonly mode: number };
  /** Seconds since 1970; absent without a member. */
  readonly newestMtimeSeconds?: number;
  /** Readable names of the first members, as many as were asked for. */
  readonly files: readonly string[];
}

export interface MemberOwner {
  readonly uid: number;
  readonly gid: number;
  readonly members: number;
}

const shownOwners = 20;
/** Bounds memory: an archive with more distinct owners is counted on for the first of them only. */
const countedOwners = 10_000;
const setuidBit = 0o4000;
const setgidBit = 0o2000;

/** Counts members one by one, in memory that does not grow with their number. */
export class ArchiveTally {
  readonly #showFiles: number;
  readonly #files: string[] = [];
  readonly #owners = new Map<string, MemberOwner>();
  readonly #types: Record<MemberType, number> = {
    file: 0,
    directory: 0,
    symlink: 0,
    hardlink: 0,
    fifo: 0,
    'character-device': 0,
    'block-device': 0,
    socket: 0,
  };
  #members = 0;
  #contentBytes = 0;
  #setuid = 0;
  #setgid = 0;
  #lostAndFound = false;
  #linksPointingOutside = 0;
  #paxMembers = 0;
  #sparseMembers = 0;
  #foreignMembers = 0;
  #largest: Member | undefined;
  #root: Member | undefined;
  #newestMtimeSeconds: number | undefined;

  constructor(showFiles: number) {
    this.#showFiles = showFiles;
  }

  add({ member, usesPax, isSparse, isForeign }: DecodedHeader): void {
    this.#members += 1;
    this.#contentBytes += member.sizeBytes;
    this.#types[member.type] += 1;
    if (member.type !== 'hardlink') this.#addMetadata(member);
    if (member.type === 'file' && member.sizeBytes > (this.#largest?.sizeBytes ?? -1)) this.#largest = member;
    if (member.type === 'symlink' && linkPointsOutside(member.path, member.linkTarget ?? '')) {
      this.#linksPointingOutside += 1;
    }
    if (member.path === '.') this.#root = member;
    if (member.path === 'lost+found') this.#lostAndFound = true;
    if (usesPax) this.#paxMembers += 1;
    if (isSparse) this.#sparseMembers += 1;
    if (isForeign) this.#foreignMembers += 1;
    if (this.#files.length < this.#showFiles) this.#files.push(displayPath(member.path));
  }

  /** A hard link repeats the metadata of its target, which was counted already. */
  #addMetadata({ type, mode, uid, gid, mtimeSeconds }: Member): void {
    if (type === 'file' && (mode & setuidBit) !== 0) this.#setuid += 1;
    if (type === 'file' && (mode & setgidBit) !== 0) this.#setgid += 1;
    if (mtimeSeconds > (this.#newestMtimeSeconds ?? Number.NEGATIVE_INFINITY)) {
      this.#newestMtimeSeconds = mtimeSeconds;
    }
    const key = `${uid}:${gid}`;
    const members = (this.#owners.get(key)?.members ?? 0) + 1;
    if (members > 1 || this.#owners.size < countedOwners) this.#owners.set(key, { uid, gid, members });
  }

  contents(): ArchiveContents {
    const [largest, root, newestMtimeSeconds] = [this.#largest, this.#root, this.#newestMtimeSeconds];
    return {
      members: this.#members,
      contentBytes: this.#contentBytes,
      types: { ...this.#types },
      owners: [...this.#owners.values()].sort((a, b) => b.members - a.members).slice(0, shownOwners),
      ...(largest && { largest: { path: displayPath(largest.path), sizeBytes: largest.sizeBytes } }),
      setuid: this.#setuid,
      setgid: this.#setgid,
      lostAndFound: this.#lostAndFound,
      linksPointingOutside: this.#linksPointingOutside,
      paxMembers: this.#paxMembers,
      sparseMembers: this.#sparseMembers,
      foreignMembers: this.#foreignMembers,
      ...(root && { root: { uid: root.uid, gid: root.gid, mode: root.mode } }),
      ...(newestMtimeSeconds !== undefined && { newestMtimeSeconds }),
      files: [...this.#files],
    };
  }
}
