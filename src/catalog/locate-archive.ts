/**
 * From the path that NKVM filed to the file, on this machine or in the app's pod. The filed path is often relative to
 * the app's working directory, or absolute inside its container, so it is looked for in several places. Two different
 * files for one path are an error: which of them was backed up cannot be known.
 */
import { statSync } from 'node:fs';
import * as localPath from 'node:path';
import { type PlatformPath, posix } from 'node:path';
import { isRemote } from '../domain/backup.ts';
import { CatalogError } from './catalog-error.ts';

export interface ArchivePlaces {
  /** What relative paths start from. */
  readonly cwd: string;
  /** The catalogue's path: with `.../data/backups.db`, archives are looked for from `...`. */
  readonly catalog?: string;
  /** `--archive-dir`, then `NKVM_BACKUP_DIR`. */
  readonly archiveDirs: readonly string[];
  /** Whether these are places in a pod, whatever the paths of this machine are like. */
  readonly inPod?: boolean;
}

export interface LocatedArchive {
  readonly isRemote: boolean;
  /** Absent when the archive is remote or in none of the places. */
  readonly resolvedPath?: string;
  readonly sizeBytes?: number;
  /** Every path that was tried, with the reason where it could not be looked at. */
  readonly lookedAt: readonly string[];
}

/** What one path leads to. */
export interface LookedAt {
  readonly path: string;
  /** Of the file, whatever its name; absent where there is none. */
  readonly identity?: string;
  readonly sizeBytes?: number;
  /** Why it could not be looked at, or is no archive. */
  readonly reason?: string;
}

/** On this machine. Throws a CatalogError: archive-ambiguous. */
export function locateArchive(path: string, places: ArchivePlaces): LocatedArchive {
  return locatedAmong(path, pathsToLookAt(path, places).map(look));
}

/** Every path at which the archive may be, the likeliest first; none where it is remote. */
export function pathsToLookAt(path: string, places: ArchivePlaces): readonly string[] {
  if (isRemote({ path })) return [];
  const { resolve, basename, dirname, isAbsolute }: PlatformPath = places.inPod ? posix : localPath;
  const { cwd, catalog, archiveDirs } = places;
  const directories = archiveDirs.map((directory) => resolve(cwd, directory));
  const byName = directories.map((directory) => resolve(directory, basename(path)));
  if (isAbsolute(path)) return [...new Set([path, ...byName])];
  const beside = catalog === undefined ? [] : [resolve(dirname(dirname(resolve(cwd, catalog))), path)];
  const below = directories.map((directory) => resolve(directory, path));
  return [...new Set([resolve(cwd, path), ...beside, ...below, ...byName])];
}

/** Which of them it is. An absolute path that is there is the file; elsewhere only its name can be right. */
export function locatedAmong(path: string, looked: readonly LookedAt[]): LocatedArchive {
  if (isRemote({ path })) return { isRemote: true, lookedAt: [] };
  const [asFiled] = looked;
  const isThere = asFiled?.path === path && asFiled.identity !== undefined;
  const candidates = isThere ? [asFiled] : looked;
  const lookedAt = candidates.map(({ path: tried, reason }) => (reason ? `${tried} (${reason})` : tried));
  const found = candidates.filter(({ identity }) => identity !== undefined);
  const first = found[0];
  if (first?.sizeBytes === undefined) return { isRemote: false, lookedAt };
  const other = found.find(({ identity }) => identity !== first.identity);
  if (other !== undefined) {
    throw new CatalogError(
      'archive-ambiguous',
      `${path} may be ${first.path} or ${other.path}: they are two files`,
      {
        action: 'Name the right one with --archive PATH --checksum HEX.',
      },
    );
  }
  return { isRemote: false, resolvedPath: first.path, sizeBytes: first.sizeBytes, lookedAt };
}

function look(path: string): LookedAt {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status === undefined) return { path };
    if (!status.isFile()) return { path, reason: 'not a file' };
    return { path, identity: `${status.dev}:${status.ino}`, sizeBytes: Number(status.size) };
  } catch (error) {
    return { path, reason: error instanceof Error ? error.message : String(error) };
  }
}
