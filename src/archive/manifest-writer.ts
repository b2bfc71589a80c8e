/**
 * Writes the members of an archive down as it is read: records in a temporary file, and in memory an offset and a hash
 * of the path for each, so that memory stays bounded at a million of them.
 */
import { tmpdir } from 'node:os';
import { parentPaths } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import { HardLinks } from './hard-links.ts';
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
  /** Of the files that land under their own names. */
  #contentBytes = 0;

  /** `folder` gets the temporary file. Throws the file system's error. */
  constructor(folder: string = tmpdir()) {
    this.#table = {
      file: new RecordFile(folder),
      index: new PathIndex(),
      offsets: new Float64Array(1024),
      flags: new Uint8Array(1024),
      number: 0,
      landingPaths: 0,
      links: new HardLinks(),
      standIns: new Map(),
      hasRepeats: false,
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
    const target =
      member.type === 'hardlink' ? (index.numberOf(member.linkTarget ?? '') ?? onTheWay) : onTheWay;
    if (target !== onTheWay) table.links.add(number, target);
    const record = JSON.stringify(toRecord(member));
    const offset = table.file.append(record);
    offsets[number] = offset;
    offsets[number + 1] = offset + record.length;
    table.flags[number] = flagOf[place];
    if (place === 'lands') this.#addLanding(member, number);
    else if (place === 'if-needed' || (place === 'left-out' && !this.isNeeded(member.path)))
      index.setNumber(member.path, number);
    return number;
  }

  #addLanding({ path, type, sizeBytes }: Member, number: number): void {
    const { index, flags } = this.#table;
    const earlier = index.numberOf(path) ?? onTheWay;
    if (earlier !== onTheWay && flags[earlier] === 0) this.#supersede(earlier);
    else this.#table.landingPaths += 1;
    if (type === 'file') this.#contentBytes += sizeBytes;
    this.#addParents(path);
    index.setNumber(path, number);
  }

  #supersede(number: number): void {
    const [, type, sizeBytes] = readRecord(this.#table, number);
    this.#table.flags[number] = superseded;
    if (type !== 'directory') this.#table.hasRepeats = true;
    if (type === 'file') this.#contentBytes -= sizeBytes;
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
    const number = this.index.numberOf(path) ?? onTheWay;
    return number === onTheWay ? undefined : this.#table.links.inodeOf(number);
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

  /** To be called after the last member: content lands under the first name that lands. Gives the bytes of all. */
  settle(): number {
    const { links, flags, standIns } = this.#table;
    for (const [number, inode] of links.all()) {
      if (flags[number] !== 0 || flags[inode] === 0 || standIns.has(inode)) continue;
      standIns.set(inode, number);
      const [, type, sizeBytes] = readRecord(this.#table, inode);
      if (type === 'file') this.#contentBytes += sizeBytes;
    }
    return this.#contentBytes;
  }

  /** The manifest takes the temporary file over: close it instead of the writer. */
  finish(): Manifest {
    this.settle();
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
