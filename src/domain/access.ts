/** What a user without capabilities may do with a path, by the rules of the kernel: one set of bits decides. */
import { groupsOf, type UnprivilegedIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

/** Of a directory: to make, remove or rename what is in it; to list it, with what `stat` says of each. */
export const toChange = 0o3;
export const toLookInto = 0o5;

export class Access {
  readonly uid: number;
  readonly #groups: ReadonlySet<number>;

  constructor(identity: UnprivilegedIdentity) {
    this.uid = identity.uid;
    this.#groups = groupsOf(identity);
  }

  /** `bits`: as one octal digit of a mode. */
  has({ uid, gid, mode }: Pick<VolumeEntry, 'uid' | 'gid' | 'mode'>, bits: number): boolean {
    const shift = uid === this.uid ? 6 : this.#groups.has(gid) ? 3 : 0;
    return ((mode >> shift) & bits) === bits;
  }
}
