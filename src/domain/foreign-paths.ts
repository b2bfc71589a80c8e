/**
 * What an unprivileged restore pod finds on a volume and does not own. Of a directory it can change neither owner nor
 * mode nor time, and may have no right to make or replace anything in it: that is seen before the first byte.
 */
import { displayPath } from './archive-path.ts';
import type { Member } from './member.ts';
import { groupsOf, type UnprivilegedIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

const ownerAll = 0o700;
const sticky = 0o1000;

export class ForeignPaths {
  readonly #uid: number;
  readonly #groups: ReadonlySet<number>;
  readonly #directories = new Set<string>();
  /** With what people want to know of them. */
  readonly #closed = new Map<string, string>();
  readonly #sticky = new Set<string>();
  readonly #irreplaceable = new Set<string>();
  readonly #thereInClosed = new Set<string>();
  readonly #locked: string[] = [];

  constructor(identity: UnprivilegedIdentity) {
    this.#uid = identity.uid;
    this.#groups = groupsOf(identity);
  }

  /** Directories of others. */
  get size(): number {
    return this.#directories.size;
  }

  /** Own directories in which not even their owner may write. */
  get locked(): readonly string[] {
    return this.#locked;
  }

  /** Each path once, a directory before what is in it. */
  add(entry: VolumeEntry): void {
    const { path, type, uid, mode } = entry;
    const parent = parentOf(path);
    if (type !== 'directory') {
      if (uid !== this.#uid && this.#sticky.has(parent)) this.#irreplaceable.add(path);
      return;
    }
    if (path !== '.' && this.#closed.has(parent)) this.#thereInClosed.add(path);
    if (uid === this.#uid) {
      if ((mode & ownerAll) !== ownerAll) this.#locked.push(path);
      return;
    }
    this.#directories.add(path);
    if (!this.#mayWrite(entry)) this.#closed.set(path, `${uid}:${entry.gid} ${mode.toString(8)}`);
    if ((mode & sticky) !== 0) this.#sticky.add(path);
  }

  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  /** Why some of these cannot be written, a line for each directory. */
  obstacles(members: Iterable<Member>): readonly string[] {
    if (this.#closed.size === 0 && this.#irreplaceable.size === 0) return [];
    const found = new Set<string>();
    for (const { path } of members) {
      const parent = parentOf(path);
      const closed = path === '.' ? undefined : this.#closed.get(parent);
      if (closed !== undefined && !this.#thereInClosed.has(path)) {
        found.add(`nothing can be made in ${displayPath(parent)} (${closed})`);
      }
      if (this.#irreplaceable.has(path)) {
        found.add(`${displayPath(path)} is another user’s, in a directory with the sticky bit`);
      }
    }
    return [...found];
  }

  /** The group's bits alone decide for a member of the group, as in the kernel. */
  #mayWrite({ gid, mode }: VolumeEntry): boolean {
    return this.#groups.has(gid) ? (mode & 0o030) === 0o030 : (mode & 0o003) === 0o003;
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash);
}
