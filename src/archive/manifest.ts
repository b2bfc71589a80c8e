/**
 * The members of an archive, to compare a volume with. They are kept on disk, so that memory stays bounded at a
 * million of them: records in a temporary file, and in memory an offset and a hash of the path for each.
 */
import { tmpdir } from 'node:os';
import { parentPaths } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import {
  grow,
  ifNeeded,
  leftOut,
  type MemberTable,
  type Place,
  readMember,
  readRecord,
  seen,
  superseded,
  toRecord,
} from './member-table.ts';
import { PathIndex } from './path-index.ts';
import { RecordFile } from './record-file.ts';

/** In the index: a directory above some member that is no member itself. Members are numbered from 1. */
const onTheWay = 0;

export class ManifestWriter {
  readonly #table: MemberTable;
  #knownParent: string | undefined;

  /** `folder` gets the temporary file. Throws the file system's error. */
  constructor(folder: string = tmpdir()) {
    this.#table = {
      file: new RecordFile(folder),
      index: new PathIndex(),
      offsets: new Float64Array(1024),
      flags: new Uint8Array(1024),
      number: 0,
      landingPaths: 0,
      contentOf: new Map(),
    };
  }

  /** What is known of each path so far, to be shared: a second one would double the memory. */
  get index(): PathIndex {
    return this.#table.index;
  }

  /**
   * In the order of the archive: of two members with one path the later counts. A member that is left out is kept too,
   * as hard links may refer to it; `unsafe`: under no name. Gives its number. Throws the file system's error.
   */
  add(member: Member, place: Place | 'unsafe' = 'lands'): number {
    const table = this.#table;
    table.number += 1;
    if (table.number + 1 >= table.offsets.length) grow(table);
    const { index, offsets, number } = table;
    const sharesInodeOf = member.type === 'hardlink' ? (index.numberOf(member.linkTarget ?? '') ?? 0) : 0;
    const record = JSON.stringify(toRecord(member, sharesInodeOf));
    const offset = table.file.append(record);
    offsets[number] = offset;
    offsets[number + 1] = offset + record.length;
    table.flags[number] = flagOf[place];
    if (place === 'lands') this.#addLanding(member.path, number);
    else if (place === 'if-needed' || (place === 'left-out' && !this.isNeeded(member.path)))
      index.setNumber(member.path, number);
    return number;
  }

  #addLanding(path: string, number: number): void {
    const { index, flags } = this.#table;
    const earlier = index.numberOf(path) ?? onTheWay;
    if (earlier !== onTheWay && flags[earlier] === 0) flags[earlier] = superseded;
    else this.#table.landingPaths += 1;
    this.#addParents(path);
    index.setNumber(path, number);
  }

  /** Whether something lands at the path or below it. */
  isNeeded(path: string): boolean {
    if (path === '.') return this.#table.landingPaths > 0;
    const number = this.index.numberOf(path);
    return number !== undefined && this.#table.flags[number] === 0;
  }

  /** The number of the member that a name leads to, through hard links; undefined without such a member. */
  inodeOf(path: string): number | undefined {
    let number = this.index.numberOf(path) ?? onTheWay;
    if (number === onTheWay) return undefined;
    for (;;) {
      const sharesInodeOf = readRecord(this.#table, number)[9];
      if (sharesInodeOf === 0) return number;
      number = sharesInodeOf;
    }
  }

  /** Paths that land so far. */
  get landingPaths(): number {
    return this.#table.landingPaths;
  }

  /** Members that do not land, those left out and the folders above nothing that does. */
  countLeftOut(): number {
    const { flags, number } = this.#table;
    let count = 0;
    for (let at = 1; at <= number; at += 1) if (flags[at] === leftOut || flags[at] === ifNeeded) count += 1;
    return count;
  }

  /** As `Manifest` gives members. */
  memberOf(number: number): Member {
    return readMember(this.#table, number);
  }

  isLeftOut(number: number): boolean {
    return this.#table.flags[number] === leftOut;
  }

  /** The first name of a file that is left out under its own; `link` is that name's number. */
  giveContent(number: number, link: number): void {
    this.#table.contentOf.set(number, link);
  }

  /** The path that got the content of the file of that number, by `giveContent`. */
  nameGiven(number: number): string | undefined {
    const link = this.#table.contentOf.get(number);
    return link === undefined ? undefined : readRecord(this.#table, link)[0];
  }

  /** The manifest takes the temporary file over: close it instead of the writer. */
  finish(): Manifest {
    return new Manifest(this.#table);
  }

  close(): void {
    this.#table.file.close();
  }

  #addParents(path: string): void {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent === this.#knownParent) return;
    this.#knownParent = parent;
    for (const directory of ['.', ...parentPaths(path)]) {
      const { index, flags } = this.#table;
      const number = index.numberOf(directory);
      if (number === undefined) index.setNumber(directory, onTheWay);
      else if (flags[number] === ifNeeded) {
        flags[number] = 0;
        this.#table.landingPaths += 1;
      }
    }
  }
}

const flagOf = { lands: 0, 'if-needed': ifNeeded, 'left-out': leftOut, unsafe: leftOut } as const;

/**
 * Members as they stand on a volume after extraction. A hard link is given as type `hardlink` with its
 * `linkTarget`, and with size, hash, owner, mode and times of the file it shares; a hard link to something other
 * than a file (a symlink, a fifo) is given as that.
 */
export class Manifest {
  readonly #table: MemberTable;
  #withContent: ReadonlySet<number> | undefined;

  /** Made by `ManifestWriter.finish`. */
  constructor(table: MemberTable) {
    this.#table = table;
  }

  /** How many paths of the archive land. */
  get size(): number {
    return this.#table.landingPaths;
  }

  find(path: string): Member | undefined {
    const number = this.#numberOf(path);
    return number === undefined ? undefined : readMember(this.#table, number);
  }

  /** Whether some member is below `path` though the archive has no member for it: extraction makes a directory. */
  isDirectoryOnTheWay(path: string): boolean {
    return this.#table.index.numberOf(path) === onTheWay;
  }

  /** Notes that the volume has something at the member's path; false when the archive has no such member. */
  markSeen(path: string): boolean {
    const number = this.#numberOf(path);
    if (number === undefined) return false;
    this.#table.flags[number] = seen;
    return true;
  }

  /** Takes all those notes back. */
  forgetSeen(): void {
    const { flags, number } = this.#table;
    for (let at = 1; at <= number; at += 1) if (flags[at] === seen) flags[at] = 0;
  }

  /** In the order of the archive. */
  *members(): Generator<Member, void, void> {
    for (let number = 1; number <= this.#table.number; number += 1) {
      if (this.#lands(number)) yield readMember(this.#table, number);
    }
  }

  /** The members never marked, in the order of the archive. */
  *unseen(): Generator<Member, void, void> {
    for (let number = 1; number <= this.#table.number; number += 1) {
      if (this.#table.flags[number] === 0) yield readMember(this.#table, number);
    }
  }

  /** Of all members of the archive, those that land or not. */
  get count(): number {
    return this.#table.number;
  }

  /**
   * What is to be written where the archive has its member of that number, from 1: a file gets the content that is
   * there. Undefined: nothing, as it is left out, or was written where the content of its inode is. Earlier members of
   * a path are given too: hard links may have shared their inode.
   */
  writtenAt(number: number): Member | undefined {
    const { contentOf, flags } = this.#table;
    const link = contentOf.get(number);
    if (link !== undefined) return readMember(this.#table, link);
    if (flags[number] === leftOut || flags[number] === ifNeeded) return undefined;
    this.#withContent ??= new Set(contentOf.values());
    return this.#withContent.has(number) ? undefined : readMember(this.#table, number);
  }

  /** Releases the temporary file. */
  close(): void {
    this.#table.file.close();
  }

  #numberOf(path: string): number | undefined {
    const number = this.#table.index.numberOf(path) ?? onTheWay;
    if (number === onTheWay || !this.#lands(number)) return undefined;
    return readRecord(this.#table, number)[0] === path ? number : undefined;
  }

  #lands(number: number): boolean {
    const flag = this.#table.flags[number];
    return flag === 0 || flag === seen;
  }
}
