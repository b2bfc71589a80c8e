/** What extracting an archive over a volume does to it, as counts and, where asked for, by name. */
import { displayPath } from './archive-path.ts';
import { counted, formatBytes, formatCount } from './size.ts';

export interface MergeCounts {
  /** Paths of the archive that the volume does not have. */
  readonly created: number;
  /** Files and links that are on the volume and in the archive. */
  readonly overwritten: number;
  /** Of those, the ones that are newer on the volume than in the archive. */
  readonly overwrittenNewer: number;
  /** Files and links on the volume that the archive does not have; they stay. */
  readonly extraFiles: number;
  /** With `--wipe`, what goes first: all but the root and `lost+found`. */
  readonly removed?: { readonly paths: number; readonly bytes: number };
  /** Directories that could not be looked into: there is more than was counted. */
  readonly unreadFolders?: number;
}

/** The first paths of each kind, sorted by their bytes. */
export interface MergeFiles {
  readonly created: readonly string[];
  readonly overwritten: readonly string[];
  readonly newer: readonly string[];
  readonly extra: readonly string[];
}

export interface Merge extends MergeCounts {
  readonly files?: MergeFiles;
}

export function mergeCounts({ files: _, ...counts }: Merge): MergeCounts {
  return counts;
}

/** One line, said before it is done. */
export function mergeText(counts: MergeCounts): string {
  const { created, overwritten, overwrittenNewer, extraFiles, removed, unreadFolders = 0 } = counts;
  const atLeast = unreadFolders === 0 ? '' : 'at least ';
  const unread = unreadFolders === 0 ? '' : ` (${counted(unreadFolders, 'folder')} could not be looked into)`;
  if (removed !== undefined) {
    return `${atLeast}${counted(removed.paths, 'path')} with ${formatBytes(removed.bytes)} to be removed${unread}, all but lost+found; then ${formatCount(created)} to be created`;
  }
  const newer = `${formatCount(overwrittenNewer)} newer than the backup`;
  const extra = `${atLeast}${counted(extraFiles, 'extra file')} ${extraFiles === 1 ? 'stays' : 'stay'}${unread}`;
  return `${formatCount(created)} to be created, ${formatCount(overwritten)} to be overwritten (${newer}), ${extra}`;
}

/** For `--show-files`: each kind that there is with its first paths, a line each; none without `files`. */
export function mergeFileLines({ files, ...counts }: Merge): readonly string[] {
  if (files === undefined) return [];
  return [
    ...listed('created', files.created, counts.created),
    ...listed('overwritten', files.overwritten, counts.overwritten),
    ...listed('newer than the backup', files.newer, counts.overwrittenNewer),
    ...listed('extra, stays', files.extra, counts.extraFiles),
  ];
}

function listed(kind: string, paths: readonly string[], count: number): readonly string[] {
  if (count === 0) return [];
  const more = count - paths.length;
  return [
    `${kind}:`,
    ...paths.map((path) => `  ${displayPath(path)}`),
    ...(more > 0 ? [`  ... and ${formatCount(more)} more`] : []),
  ];
}
