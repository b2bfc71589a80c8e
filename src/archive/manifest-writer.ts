/**
 * Writes the members of an archive down as it is read: records in a temporary file, and in memory an offset and a hash
 * of the path for each, so that memory stays bounded at a million of them.
 */
import { tmpdir } from 'node:os';
import { parentPaths } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import { Manifest } from './manifest.ts';
import {
  grow,
  ifNeeded,
  leftOut,
  type MemberTable,
  onTheWay,
  type Place,
  readMember,
  readRecord,
  superseded,
  toRecord,
} from './member-table.ts';
import { PathIndex } from './path-index.ts';
import { RecordFile } from './record-file.ts';

const flagOf = { lands: 0, 'if-needed': ifNeeded, 'left-out': leftOut, unsafe: leftOut } as const;

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

  /** Whether a member lands at the path. */
  landsAt(path: string): boolean {
    const number = this.index.numberOf(path) ?? onTheWay;
    return number !== onTheWay && this.#table.flags[number] === 0;
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
