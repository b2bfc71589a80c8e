/**
 * The members of an archive, to compare a volume with. They are kept on disk, so that memory stays bounded at a
 * million of them: records in a temporary file, and in memory an offset and a hash of the path for each.
 */
import { tmpdir } from 'node:os';
import { parentPaths } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import { grow, type MemberRecord, type MemberTable, seen, superseded, toRecord } from './member-table.ts';
import { PathIndex } from './path-index.ts';
import { RecordFile } from './record-file.ts';

/** In the index: a directory above some member that is no member itself. Members are numbered from 1. */
const onTheWay = 0;

export class ManifestWriter {
  readonly #table: MemberTable;
  #knownParent = '';

  /** `folder` gets the temporary file. Throws the file system's error. */
  constructor(folder: string = tmpdir()) {
    this.#table = {
      file: new RecordFile(folder),
      index: new PathIndex(),
      offsets: new Float64Array(1024),
      flags: new Uint8Array(1024),
      number: 0,
      supersededMembers: 0,
    };
  }

  /** What is known of each path so far, to be shared: a second one would double the memory. */
  get index(): PathIndex {
    return this.#table.index;
  }

  /** In the order of the archive: of two members with one path the later counts. Throws the file system's error. */
  add(member: Member): void {
    const table = this.#table;
    const { index } = table;
    table.number += 1;
    if (table.number + 1 >= table.offsets.length) grow(table);
    const sharesInodeOf = member.type === 'hardlink' ? (index.numberOf(member.linkTarget ?? '') ?? 0) : 0;
    const record = JSON.stringify(toRecord(member, sharesInodeOf));
    const offset = table.file.append(record);
    table.offsets[table.number] = offset;
    table.offsets[table.number + 1] = offset + record.length;
    const earlier = index.numberOf(member.path) ?? onTheWay;
    if (earlier !== onTheWay) {
      table.flags[earlier] = superseded;
      table.supersededMembers += 1;
    }
    this.#addParents(member.path);
    index.setNumber(member.path, table.number);
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
    for (const directory of parentPaths(path)) {
      if (this.#table.index.numberOf(directory) === undefined)
        this.#table.index.setNumber(directory, onTheWay);
    }
  }
}

/**
 * Members as they stand on a volume after extraction. A hard link is given as type `hardlink` with its
 * `linkTarget`, and with size, hash, owner, mode and times of the file it shares; a hard link to something other
 * than a file (a symlink, a fifo) is given as that.
 */
export class Manifest {
  readonly #table: MemberTable;

  /** Made by `ManifestWriter.finish`. */
  constructor(table: MemberTable) {
    this.#table = table;
  }

  /** How many paths the archive has members for. */
  get size(): number {
    return this.#table.number - this.#table.supersededMembers;
  }

  find(path: string): Member | undefined {
    const number = this.#numberOf(path);
    return number === undefined ? undefined : this.#member(number);
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

  /** In the order of the archive. */
  *members(): Generator<Member, void, void> {
    for (let number = 1; number <= this.#table.number; number += 1) {
      if (this.#table.flags[number] !== superseded) yield this.#member(number);
    }
  }

  /** The members never marked, in the order of the archive. */
  *unseen(): Generator<Member, void, void> {
    for (let number = 1; number <= this.#table.number; number += 1) {
      if (this.#table.flags[number] === 0) yield this.#member(number);
    }
  }

  /** Releases the temporary file. */
  close(): void {
    this.#table.file.close();
  }

  #numberOf(path: string): number | undefined {
    const number = this.#table.index.numberOf(path) ?? onTheWay;
    return number !== onTheWay && this.#record(number)[0] === path ? number : undefined;
  }

  #record(number: number): MemberRecord {
    const { file, offsets } = this.#table;
    const offset = offsets[number] ?? 0;
    const bytes = file.read(offset, (offsets[number + 1] ?? offset) - offset);
    return JSON.parse(bytes.toString('latin1')) as MemberRecord;
  }

  #member(number: number): Member {
    const record = this.#record(number);
    const [path, type, sizeBytes, mode, uid, gid, mtimeSeconds, linkTarget, sha256, sharesInodeOf, lost] =
      record;
    const link = linkTarget === null ? {} : { linkTarget };
    if (sharesInodeOf === 0) {
      const content = sha256 === null ? {} : { sha256 };
      const losses = lost === null ? {} : { lost };
      return { path, type, sizeBytes, mode, uid, gid, mtimeSeconds, ...link, ...content, ...losses };
    }
    const shared = this.#member(sharesInodeOf);
    const isFile = shared.type === 'file' || shared.type === 'hardlink';
    return { ...shared, path, ...(isFile && { type, ...link }) };
  }
}
