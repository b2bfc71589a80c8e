/**
 * Compares what is on a volume with what lands of an archive, path by path as they come, before anything is written.
 */
import type { Manifest } from '../../archive/manifest.ts';
import { displayPath } from '../../domain/archive-path.ts';
import { isLostAndFound } from '../../domain/difference.ts';
import type { Member, MemberType } from '../../domain/member.ts';
import type { Merge, MergeFiles } from '../../domain/merge.ts';
import type { VolumeEntry } from '../../domain/volume-listing.ts';

export interface SurveyOptions {
  readonly manifest: Manifest;
  /** How many paths of each kind to name; 0: counts alone. */
  readonly showFiles: number;
  /** The volume is emptied first: nothing is in the way, and all that it holds is freed. */
  readonly isWiped: boolean;
}

/** What a filesystem rounds a file up to, and what a directory takes. */
export const blockBytes = 4096;

export class VolumeSurvey {
  readonly #manifest: Manifest;
  readonly #showFiles: number;
  readonly #isWiped: boolean;
  readonly #removed = { paths: 0, bytes: 0 };
  readonly #overwrittenPaths: FirstPaths;
  readonly #newerPaths: FirstPaths;
  readonly #extraPaths: FirstPaths;
  #known = 0;
  #implied = 0;
  #overwritten = 0;
  #overwrittenNewer = 0;
  #extraFiles = 0;
  /** What tar would write through or over: a sentence each. */
  readonly conflicts: string[] = [];
  /** Of the files that are replaced or removed. */
  freedBytes = 0;

  constructor({ manifest, showFiles, isWiped }: SurveyOptions) {
    this.#manifest = manifest;
    this.#showFiles = showFiles;
    this.#isWiped = isWiped;
    this.#overwrittenPaths = new FirstPaths(showFiles);
    this.#newerPaths = new FirstPaths(showFiles);
    this.#extraPaths = new FirstPaths(showFiles);
  }

  /** Inodes that are there already, or freed first. */
  get knownPaths(): number {
    return this.#known + this.#implied + this.#removed.paths;
  }

  add(entry: VolumeEntry): void {
    if (this.#isWiped && entry.path !== '.' && !isLostAndFound(entry.path)) {
      this.#removed.paths++;
      this.#removed.bytes += entry.allocatedBytes;
      this.freedBytes += entry.allocatedBytes;
      return;
    }
    const member = this.#manifest.find(entry.path);
    if (member !== undefined) this.#addMember(entry, member);
    else if (this.#manifest.isDirectoryOnTheWay(entry.path)) this.#addImplied(entry);
    else if (entry.type !== 'directory' && !isLostAndFound(entry.path)) {
      this.#extraFiles++;
      this.#extraPaths.add(entry.path);
    }
  }

  /** To be called once, after the last path. */
  merge(): Merge {
    return {
      created: this.#manifest.size - this.#known,
      overwritten: this.#overwritten,
      overwrittenNewer: this.#overwrittenNewer,
      extraFiles: this.#extraFiles,
      ...(this.#isWiped && { removed: this.#removed }),
      ...(this.#showFiles > 0 && { files: this.#files() }),
    };
  }

  #addMember(entry: VolumeEntry, member: Member): void {
    this.#known++;
    if (this.#showFiles > 0) this.#manifest.markSeen(entry.path);
    this.#expect(entry, member.type === 'hardlink' ? 'file' : member.type);
    if (entry.type === 'directory') return;
    this.freedBytes += entry.allocatedBytes;
    this.#overwritten++;
    this.#overwrittenPaths.add(entry.path);
    if (entry.mtimeSeconds <= member.mtimeSeconds) return;
    this.#overwrittenNewer++;
    this.#newerPaths.add(entry.path);
  }

  #addImplied(entry: VolumeEntry): void {
    this.#implied++;
    this.#expect(entry, 'directory');
  }

  #expect({ path, type }: VolumeEntry, wanted: MemberType): void {
    if (type === 'directory') this.freedBytes += blockBytes;
    if (type === wanted) return;
    this.conflicts.push(`${displayPath(path)} is a ${type}, the archive has a ${wanted}`);
  }

  #files(): MergeFiles {
    const created = new FirstPaths(this.#showFiles);
    for (const { path } of this.#manifest.unseen()) created.add(path);
    // Step 5.1 takes its own notes.
    this.#manifest.forgetSeen();
    return {
      created: created.sorted(),
      overwritten: this.#overwrittenPaths.sorted(),
      newer: this.#newerPaths.sorted(),
      extra: this.#extraPaths.sorted(),
    };
  }
}

/** Keeps the first paths by their bytes, however many come. */
class FirstPaths {
  readonly #keep: number;
  #paths: string[] = [];

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(path: string): void {
    if (this.#keep === 0) return;
    this.#paths.push(path);
    if (this.#paths.length > 4 * this.#keep + 64) this.#paths = this.sorted();
  }

  sorted(): string[] {
    return this.#paths.sort((one, other) => (one < other ? -1 : 1)).slice(0, this.#keep);
  }
}
