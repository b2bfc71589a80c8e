/**
 * From the path that NKVM filed to the file on this machine. The filed path is often relative to the app's working
 * directory, or absolute inside its container, so it is looked for in several places. Two different files for one
 * path are an error: which of them was backed up cannot be known.
 */
import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { type Backup, isRemote } from '../domain/backup.ts';
import { CatalogError } from './catalog-error.ts';

export interface ArchivePlaces {
  /** What relative paths start from. */
  readonly cwd: string;
  /** The catalogue's path: with `…/data/backups.db`, archives are looked for from `…`. */
  readonly catalog?: string;
  /** `--archive-dir`, then `NKVM_BACKUP_DIR`. */
  readonly archiveDirs: readonly string[];
}

export interface LocatedArchive {
  readonly isRemote: boolean;
  /** Absent when the archive is remote or in none of the places. */
  readonly resolvedPath?: string;
  readonly sizeBytes?: number;
  /** Every path that was tried, with the reason where it could not be looked at. */
  readonly lookedAt: readonly string[];
}

interface Candidate {
  readonly path: string;
  readonly identity?: string;
  readonly sizeBytes?: number;
  readonly reason?: string;
}

/** Throws a CatalogError: archive-ambiguous. */
export function locateArchive(path: string, places: ArchivePlaces): LocatedArchive {
  if (isRemote({ path })) return { isRemote: true, lookedAt: [] };
  const looked = lookIn(candidatePaths(path, places));
  const lookedAt = looked.map(({ path: tried, reason }) => (reason ? `${tried} (${reason})` : tried));
  const found = looked.filter(({ identity }) => identity !== undefined);
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

/** The backup with its archive's `resolvedPath` and `sizeBytes` filled in. Throws as `locateArchive` does. */
export function withLocatedArchive(backup: Backup, places: ArchivePlaces): Backup {
  if (backup.archive === undefined) return backup;
  const { path } = backup.archive;
  const { resolvedPath, sizeBytes } = locateArchive(path, places);
  if (resolvedPath === undefined || sizeBytes === undefined) return { ...backup, archive: { path } };
  return { ...backup, archive: { path, resolvedPath, sizeBytes } };
}

/** An absolute path that is there is the file; elsewhere only its name can be right. */
function candidatePaths(path: string, { cwd, catalog, archiveDirs }: ArchivePlaces): readonly string[] {
  const directories = archiveDirs.map((directory) => resolve(cwd, directory));
  const byName = directories.map((directory) => resolve(directory, basename(path)));
  if (isAbsolute(path)) return isFile(look(path)) ? [path] : [path, ...byName];
  const beside = catalog === undefined ? [] : [resolve(dirname(dirname(resolve(cwd, catalog))), path)];
  return [
    resolve(cwd, path),
    ...beside,
    ...directories.map((directory) => resolve(directory, path)),
    ...byName,
  ];
}

function lookIn(paths: readonly string[]): readonly Candidate[] {
  return [...new Set(paths)].map(look);
}

function isFile({ identity }: Candidate): boolean {
  return identity !== undefined;
}

function look(path: string): Candidate {
  try {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status === undefined) return { path };
    if (!status.isFile()) return { path, reason: 'not a file' };
    return { path, identity: `${status.dev}:${status.ino}`, sizeBytes: Number(status.size) };
  } catch (error) {
    return { path, reason: error instanceof Error ? error.message : String(error) };
  }
}
