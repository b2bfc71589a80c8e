/**
 * What restore makes of an archive's members: which are left out, and whose the others will be. It is known before step
 * 1 reads the archive, so that everything after it (room, merge, comparison) speaks of what lands.
 */
import type { Member } from './member.ts';
import type { Ownership } from './ownership.ts';
import { Selection } from './selection.ts';

export class Landing {
  readonly selection: Selection;
  readonly #ownership: Ownership | undefined;

  constructor(selection: Selection, ownership?: Ownership) {
    this.selection = selection;
    this.#ownership = ownership;
  }

  /** As the member lands; undefined: left out. */
  land(member: Member): Member | undefined {
    const standing = this.selection.standingOf(member.path);
    if (standing === 'left-out' || (standing === 'above' && member.type !== 'directory')) return undefined;
    return this.own(member);
  }

  /** With its owner to be, wherever it lands. */
  own(member: Member): Member {
    return this.#ownership?.land(member) ?? member;
  }

  /** What --map-owner maps and no member so far had. */
  get unmatchedMappings(): readonly string[] {
    return this.#ownership?.unmatchedMappings() ?? [];
  }

  /** Whether a folder lands only if something below it does. */
  isOnlyAbove({ path }: Member): boolean {
    return this.selection.standingOf(path) === 'above';
  }
}

/** All members; as they are, or as `ownership` has them. */
export function wholeArchive(ownership?: Ownership): Landing {
  return new Landing(new Selection({ include: [], exclude: [] }), ownership);
}
