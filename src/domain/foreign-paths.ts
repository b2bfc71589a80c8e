/**
 * What an unprivileged restore pod finds on a volume and does not own. Of a directory it can change neither owner nor
 * mode nor time, and may have no right to look into it, or to make or replace anything in it: that is seen before the
 * first byte. Its own directories it can open.
 */
import { Access, toChange, toLookInto } from './access.ts';
import { displayPath, parentPaths } from './archive-path.ts';
import { isLostAndFound } from './difference.ts';
import type { Member } from './member.ts';
import type { UnprivilegedIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

const ownerAll = 0o700;
const ownerLooks = 0o500;
const stickyBit = 0o1000;

/** A directory of another user, as it was found and stays. */
export type Kept = Pick<VolumeEntry, 'uid' | 'gid' | 'mode'>;

export class ForeignPaths {
  readonly #access: Access;
  readonly #directories = new Map<string, Kept>();
  readonly #irreplaceable = new Set<string>();
  readonly #thereInClosed = new Set<string>();
  readonly #locked = new Map<string, number>();
  #unread = 0;

  constructor(identity: UnprivilegedIdentity) {
    this.#access = new Access(identity);
  }

  /** Each path once, a directory before what is in it. */
  add(entry: VolumeEntry): void {
    const { path, type, uid, gid, mode } = entry;
    const parent = path === '.' ? undefined : this.#directories.get(parentOf(path));
    if (type !== 'directory') {
      if (parent !== undefined && isSticky(parent) && uid !== this.#access.uid) this.#irreplaceable.add(path);
      return;
    }
    if (parent !== undefined && this.#isClosed(parent)) this.#thereInClosed.add(path);
    if (!isLostAndFound(path) && !this.#access.has(entry, toLookInto)) this.#unread += 1;
    if (uid !== this.#access.uid) this.#directories.set(path, { uid, gid, mode });
    else if ((mode & ownerAll) !== ownerAll) this.#locked.set(path, mode);
  }

  /** Directories that could not be looked into, `lost+found` apart: what is below them is not known. */
  get unread(): number {
    return this.#unread;
  }

  /** Own directories in which not even their owner may read, write or enter, with their modes. */
  get locked(): ReadonlyMap<string, number> {
    return this.#locked;
  }

  /** Own directories that even their owner may not look into. */
  *hiding(): Generator<string> {
    for (const [path, mode] of this.#locked) if ((mode & ownerLooks) !== ownerLooks) yield path;
  }

  /** The directory of another user that was found there. */
  directoryAt(path: string): Kept | undefined {
    return this.#directories.get(path);
  }

  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  /** Why some of these cannot be written, a line for each directory. */
  obstacles(members: Iterable<Member>): readonly string[] {
    if (this.#directories.size === 0) return [];
    const found = new Set<string>();
    let lastParent = '.';
    for (const { path } of members) {
      const parent = parentOf(path);
      const paths = parent === lastParent ? [path] : [...parentPaths(path), path];
      lastParent = parent;
      for (const one of paths) {
        const obstacle = this.#obstacleAt(one);
        if (obstacle !== undefined) found.add(obstacle);
      }
    }
    return [...found];
  }

  #obstacleAt(path: string): string | undefined {
    const parent = parentOf(path);
    const kept = path === '.' ? undefined : this.#directories.get(parent);
    if (kept === undefined) return undefined;
    if (this.#isClosed(kept) && !this.#thereInClosed.has(path))
      return `nothing can be made in ${displayPath(parent)} (${keptWords(kept)})`;
    if (!this.#access.has(kept, toLookInto))
      return `what is in ${displayPath(parent)} cannot be seen (${keptWords(kept)})`;
    if (this.#irreplaceable.has(path))
      return `${displayPath(path)} is another user's, in a directory with the sticky bit`;
    return undefined;
  }

  #isClosed(kept: Kept): boolean {
    return !this.#access.has(kept, toChange);
  }
}

export function isSticky({ mode }: Kept): boolean {
  return (mode & stickyBit) !== 0;
}

/** What people want to know of a directory: `0:0 755`. */
export function keptWords({ uid, gid, mode }: Kept): string {
  return `${uid}:${gid} ${mode.toString(8)}`;
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}
