/**
 * Whether an archive's members can be extracted one after the other without writing anywhere but where their
 * names say. What a member lands on depends on those before it, so every path is remembered, with those of the
 * directories above it: as one small number each, for archives may hold millions.
 */
import { displayPath, parentPaths } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import type { PathIndex, Standing } from './path-index.ts';

export class MemberSafety {
  readonly #index: PathIndex;
  /** Parents known to be directories: most members share them with the one before. */
  #knownParent = '';

  constructor(index: PathIndex) {
    this.#index = index;
  }

  /** Why the member must not be extracted after those before it, as a phrase without subject, or undefined. */
  check(member: Member): string | undefined {
    return this.#checkParents(member.path) ?? this.#checkPlace(member);
  }

  #checkParents(path: string): string | undefined {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent === this.#knownParent) return undefined;
    for (const directory of parentPaths(path)) {
      const there = this.#index.standingAt(directory);
      if (there === undefined) this.#index.setStanding(directory, 'directory');
      else if (there === 'symlink') return `written through the symlink ${displayPath(directory)}`;
      else if (there === 'other') return `below ${displayPath(directory)}, which is no directory`;
    }
    this.#knownParent = parent;
    return undefined;
  }

  #checkPlace(member: Member): string | undefined {
    const there = this.#index.standingAt(member.path);
    let lands: Standing | undefined;
    if (member.type === 'hardlink') {
      const target = member.linkTarget ?? '.';
      lands = this.#index.standingAt(target);
      if (target === member.path) return 'a hard link to itself';
      if (lands === undefined) return `a hard link to ${displayPath(target)}, which is no earlier member`;
      if (lands === 'directory') return `a hard link to ${displayPath(target)}, which is a directory`;
    } else {
      lands = member.type === 'directory' || member.type === 'symlink' ? member.type : 'other';
    }
    if (there === 'directory' && lands !== 'directory' && member.path === '.')
      return 'the root of the volume, and no directory';
    // What else stands at the path is replaced by a later member, as tar does it.
    if (there === 'directory' && lands !== 'directory')
      return 'of another type than what an earlier member left there';
    this.#index.setStanding(member.path, lands);
    return undefined;
  }
}
