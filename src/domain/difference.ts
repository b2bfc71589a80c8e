/**
 * In what a path of the volume is not the member that the archive holds. A file counts as the same only if its hash was
 * read and is equal: what could not be compared is a difference.
 */
import { displayPath } from './archive-path.ts';
import type { Member, MemberType } from './member.ts';
import { formatRfc3339 } from './time.ts';
import type { VolumeEntry } from './volume-listing.ts';

/** In the order in which the differences of one path are shown. */
const differenceKinds = [
  'missing',
  'extra',
  'type',
  'size',
  'content',
  'unreadable',
  'link-target',
  'mode',
  'uid',
  'gid',
  'mtime',
] as const;

export type DifferenceKind = (typeof differenceKinds)[number];

export interface Difference {
  /** Bytes, as in `Member`: `displayPath` makes them readable. */
  readonly path: string;
  readonly kind: DifferenceKind;
  /**
   * What the archive has, and what the volume has, as people write it: types in words, sizes in bytes, hashes in hex,
   * modes as four octal digits, times in RFC 3339 UTC.
   */
  readonly expected?: string;
  readonly found?: string;
  /** Why it is expected, and so none that counts. */
  readonly because?: string;
}

export interface ComparisonOptions {
  /** Compare what is in files, too; the entry is one that was read in hash mode then. */
  readonly content: boolean;
}

/**
 * In the order of `compareDifferences`. A hard link is expected with the metadata of its target, and as the regular
 * file that it becomes.
 */
export function differencesOf(
  expected: Member,
  found: VolumeEntry | undefined,
  { content }: ComparisonOptions,
): readonly Difference[] {
  const { path } = expected;
  if (found === undefined) return [{ path, kind: 'missing', expected: typeWords(expected.type) }];
  if (landingType(expected.type) !== found.type) {
    return [{ path, kind: 'type', expected: typeWords(expected.type), found: typeWords(found.type) }];
  }
  return [
    ...(found.type === 'file' ? fileDifferences(expected, found, content) : []),
    ...(found.type === 'symlink' ? linkDifferences(expected, found) : modeDifferences(expected, found)),
    ...unequal(path, 'uid', [String(expected.uid), String(found.uid)]),
    ...unequal(path, 'gid', [String(expected.gid), String(found.gid)]),
    ...unequal(path, 'mtime', [timeWords(expected.mtimeSeconds), timeWords(found.mtimeSeconds)]),
  ];
}

/** A path that the archive does not have. None for `lost+found`. */
export function extraDifferences({ path, type }: VolumeEntry): readonly Difference[] {
  return isLostAndFound(path) ? [] : [{ path, kind: 'extra', found: typeWords(type) }];
}

/** Whether a path is the folder in which `fsck` puts what it finds, at the root of each ext volume, or is in it. */
export function isLostAndFound(path: string): boolean {
  return path === 'lost+found' || path.startsWith('lost+found/');
}

/** By the path's bytes, then by kind. */
export function compareDifferences(one: Difference, other: Difference): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return differenceKinds.indexOf(one.kind) - differenceKinds.indexOf(other.kind);
}

function fileDifferences(expected: Member, found: VolumeEntry, content: boolean): readonly Difference[] {
  const { path } = expected;
  if (expected.sizeBytes !== found.sizeBytes) {
    return [{ path, kind: 'size', expected: String(expected.sizeBytes), found: String(found.sizeBytes) }];
  }
  if (!content) return [];
  const hash = expected.sha256 === undefined ? {} : { expected: expected.sha256 };
  if (found.sha256 === undefined) return [{ path, kind: 'unreadable', ...hash }];
  return found.sha256 === expected.sha256 ? [] : [{ path, kind: 'content', ...hash, found: found.sha256 }];
}

function linkDifferences(expected: Member, found: VolumeEntry): readonly Difference[] {
  const { path } = expected;
  const target = displayPath(expected.linkTarget ?? '');
  if (found.linkTarget === undefined) return [{ path, kind: 'unreadable', expected: target }];
  return unequal(path, 'link-target', [target, displayPath(found.linkTarget)]);
}

/** Not for symlinks: theirs is 0777 on Linux, whatever an archive says. */
function modeDifferences(expected: Member, found: VolumeEntry): readonly Difference[] {
  return unequal(expected.path, 'mode', [modeWords(expected.mode), modeWords(found.mode)]);
}

/** Compares the words: `displayPath` and the others never write two values alike. */
function unequal(
  path: string,
  kind: DifferenceKind,
  [expected, found]: readonly [string, string],
): readonly Difference[] {
  return expected === found ? [] : [{ path, kind, expected, found }];
}

function landingType(type: MemberType): MemberType {
  return type === 'hardlink' ? 'file' : type;
}

function typeWords(type: MemberType): string {
  return landingType(type).replace('-', ' ');
}

export function modeWords(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Volumes can hold times that the calendar of `Date` does not reach. */
function timeWords(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s after 1970` : formatRfc3339(date);
}
