/**
 * What of a volume an unprivileged restore pod could not remove: known before a wipe removes anything. Its own
 * directories it can open, so they are in nobody's way; what is in those that it cannot list yet is not known.
 */
import { Access, toChange, toLookInto } from './access.ts';
import { displayPath } from './archive-path.ts';
import { isLostAndFound } from './difference.ts';
import { isSticky, type Kept, keptWords, parentOf } from './foreign-paths.ts';
import type { UnprivilegedIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

export class UnremovablePaths {
  readonly #access: Access;
  /** Directories of others. */
  readonly #directories = new Map<string, Kept>();
  readonly #obstacles = new Set<string>();
  readonly #unread: string[] = [];

  constructor(identity: UnprivilegedIdentity) {
    this.#access = new Access(identity);
  }

  /** Each path once, a directory before what is in it. */
  add(entry: VolumeEntry): void {
    const { path, type, uid } = entry;
    if (isLostAndFound(path)) return;
    if (path !== '.') this.#addIn(parentOf(path), uid);
    if (type !== 'directory') return;
    const isOwn = uid === this.#access.uid;
    if (!isOwn) this.#directories.set(path, entry);
    if (this.#access.has(entry, toLookInto)) return;
    if (isOwn) this.#unread.push(path);
    else this.#obstacles.add(`what is in ${displayPath(path)} cannot be seen (${keptWords(entry)})`);
  }

  /** A line for each directory in which something would stay. */
  get obstacles(): readonly string[] {
    return [...this.#obstacles];
  }

  /** Own directories that must be opened before it is known what is in them. */
  get unread(): readonly string[] {
    return this.#unread;
  }

  #addIn(parent: string, uid: number): void {
    const kept = this.#directories.get(parent);
    if (kept === undefined) return;
    const words = `${displayPath(parent)} (${keptWords(kept)})`;
    if (!this.#access.has(kept, toChange)) this.#obstacles.add(`nothing can be removed from ${words}`);
    else if (isSticky(kept) && uid !== this.#access.uid)
      this.#obstacles.add(`what others own cannot be removed from ${words}, which has the sticky bit`);
  }
}
