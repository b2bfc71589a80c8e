/**
 * What restore makes of an archive's members: which are left out, and whose the others will be. It is known before step
 * 1 reads the archive, so that everything after it (room, merge, comparison) speaks of what lands.
 */
import type { Member } from './member.ts';
import { Selection } from './selection.ts';

/** Whose a member will be; the archive's own owners without one. */
export interface Owners {
  /** The member with the owner and mode that it lands with. */
  land(member: Member): Member;
  /** Whether the archive's own bytes would give other owners than these, extracted as root. */
  readonly changesMembers: boolean;
}

export class Landing {
  readonly selection: Selection;
  readonly #owners: Owners | undefined;

  constructor(selection: Selection, owners?: Owners) {
    this.selection = selection;
    this.#owners = owners;
  }

  get changesOwners(): boolean {
    return this.#owners?.changesMembers ?? false;
  }

  /** As the member lands; undefined: left out. */
  land(member: Member): Member | undefined {
    const standing = this.selection.standingOf(member.path);
    if (standing === 'left-out' || (standing === 'above' && member.type !== 'directory')) return undefined;
    return this.#owners?.land(member) ?? member;
  }

  /** Whether a folder lands only if something below it does. */
  isOnlyAbove({ path }: Member): boolean {
    return this.selection.standingOf(path) === 'above';
  }
}

/** All members as they are. */
export function wholeArchive(): Landing {
  return new Landing(new Selection({ include: [], exclude: [] }));
}
