/**
 * Writes the manifest of what lands while an archive is read, and judges whether that is safe to extract. What is left
 * out is not judged, as nothing of it is extracted, only counted. Its content lands where a hard link to it does.
 */
import { parentPaths } from '../domain/archive-path.ts';
import type { Landing } from '../domain/landing.ts';
import type { Member } from '../domain/member.ts';
import type { ManifestWriter } from './manifest-writer.ts';
import { MemberSafety } from './member-safety.ts';
import type { TarEntry } from './tar-reader.ts';

/** What a selection makes of an archive. */
export interface LandedContents {
  /** Members that land; of several with one path, one. */
  readonly members: number;
  /** Nothing lands, but perhaps the root of the volume. */
  readonly isEmpty: boolean;
  /** Bytes of content in the files that land. */
  readonly contentBytes: number;
  readonly leftOutMembers: number;
  /** Of those left out, the ones that must not be extracted. */
  readonly leftOutUnsafe: number;
  /** Patterns that matched no member, as the operator wrote them. */
  readonly unmatchedPatterns: readonly string[];
}

export class LandedMembers {
  readonly #writer: ManifestWriter;
  readonly #landing: Landing;
  readonly #safety: MemberSafety;
  #leftOutUnsafe = 0;
  #askedParent: string | undefined;
  #isAskedParentNoFolder = false;

  constructor(writer: ManifestWriter, landing: Landing) {
    this.#writer = writer;
    this.#landing = landing;
    this.#safety = new MemberSafety(writer.index);
  }

  /** In the order of the archive. Gives why the member must not be extracted, as a phrase without subject. */
  take(entry: TarEntry): string | undefined {
    const landed = this.#landing.land(entry.member);
    if (entry.endUnknown) return entry.unsafe;
    if (landed === undefined) this.#leaveOut(entry);
    else if (this.#landing.isOnlyAbove(landed) && !this.#writer.isNeeded(landed.path)) {
      this.#writer.add(landed, 'if-needed');
    } else return this.#land(entry, landed);
    return undefined;
  }

  contents(): LandedContents {
    return {
      members: this.#writer.landingPaths,
      isEmpty: this.#writer.landingPaths === (this.#writer.landsAt('.') ? 1 : 0),
      contentBytes: this.#writer.settle(),
      leftOutMembers: this.#writer.countLeftOut(),
      leftOutUnsafe: this.#leftOutUnsafe,
      unmatchedPatterns: this.#landing.selection.unmatched,
    };
  }

  #leaveOut({ member, unsafe }: TarEntry): void {
    if (unsafe !== undefined || this.#isBelowNoFolder(member.path)) this.#leftOutUnsafe += 1;
    this.#writer.add(this.#landing.own(member), unsafe === undefined ? 'left-out' : 'unsafe');
  }

  #land({ unsafe }: TarEntry, landed: Member): string | undefined {
    const reason = unsafe ?? this.#safety.check(landed.type === 'hardlink' ? this.#resolve(landed) : landed);
    if (reason === undefined) this.#writer.add(landed);
    return reason;
  }

  /** A link to what is left out lands as that. */
  #resolve(link: Member): Member {
    const { path, linkTarget = '' } = link;
    // Most links: asked first, as the manifest is on disk.
    if (this.#writer.isNeeded(linkTarget)) return link;
    const inode = this.#writer.inodeOf(linkTarget);
    const content = inode === undefined ? undefined : this.#writer.memberOf(inode);
    return content === undefined || content.type === 'directory' ? link : { ...content, path };
  }

  /** Whether extracting it would write through a symlink, or below something else that is no folder. */
  #isBelowNoFolder(path: string): boolean {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent !== this.#askedParent) {
      this.#askedParent = parent;
      this.#isAskedParentNoFolder = parentPaths(path).some((folder) => this.#isNoFolder(folder));
    }
    return this.#isAskedParentNoFolder;
  }

  #isNoFolder(path: string): boolean {
    const { index } = this.#writer;
    const number = index.numberOf(path) ?? 0;
    if (number > 0 && this.#writer.isLeftOut(number))
      return this.#writer.memberOf(number).type !== 'directory';
    return (index.standingAt(path) ?? 'directory') !== 'directory';
  }
}
