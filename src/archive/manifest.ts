/**
 * The members of an archive, to compare a volume with. They are kept on disk, so that memory stays bounded at a
 * million of them: see `ManifestWriter`.
 */
import type { Member } from '../domain/member.ts';
import { type MemberTable, onTheWay, readMember, readRecord, seen } from './member-table.ts';

/**
 * Members as they stand on a volume after extraction. A hard link is given as type `hardlink` with, as its `linkTarget`,
 * another path that lands of the file it shares, and with size, hash, owner, mode and times of that; a hard link to
 * something other than a file (a symlink, a fifo) is given as that. Of a file whose own name does not land, as it is
 * left out or a later member has it, the first link that lands is given as the file.
 */
export class Manifest {
  readonly #table: MemberTable;

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

  /** Whether the path is a directory once all is extracted. */
  hasDirectory(path: string): boolean {
    return this.isDirectoryOnTheWay(path) || this.find(path)?.type === 'directory';
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
   * Whether several members have one path. busybox tar makes hard links, and symlinks out of the folder, only when it has
   * read all: an earlier file under a link's name would get the link of a later one.
   */
  get hasRepeats(): boolean {
    return this.#table.hasRepeats;
  }

  /**
   * What is to be written where the archive has its member of that number, from 1: a file that lands under the name of a
   * link is written where its content is. Undefined: nothing. Each path is written once.
   */
  writtenAt(number: number): Member | undefined {
    const { links, standIns } = this.#table;
    const standIn = standIns.get(number);
    if (standIn !== undefined) return readMember(this.#table, standIn);
    if (!this.#lands(number) || standIns.get(links.inodeOf(number)) === number) return undefined;
    return readMember(this.#table, number);
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
