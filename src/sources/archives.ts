/**
 * The archives of one catalogue, wherever they lie: on this machine, or in the NKVM app. Who works with a backup asks
 * its catalogue's archives, and need not know where that is.
 */
import type { ArchiveSource } from '../archive/archive-source.ts';
import { type ArchivePlaces, type LocatedArchive, locateArchive } from '../catalog/locate-archive.ts';
import type { Backup } from '../domain/backup.ts';
import { openLocalArchive } from './local-file.ts';

export interface Archives {
  /**
   * Where each filed path leads now, in their order; one question for all of them. Rejects with a CatalogError:
   * archive-ambiguous.
   */
  locate(paths: readonly string[]): Promise<readonly LocatedArchive[]>;
  /** The file at a `resolvedPath` as messages and records name it. */
  nameOf(resolvedPath: string): string;
  /** Opens that file. Rejects with a SourceError; may take as long as bringing the file here. */
  open(resolvedPath: string): Promise<ArchiveSource>;
}

/** Files on this machine. */
export function localArchives(places: ArchivePlaces): Archives {
  return {
    locate: async (paths) => paths.map((path) => locateArchive(path, places)),
    nameOf: (resolvedPath) => resolvedPath,
    open: openLocalArchive,
  };
}

/** The backups with their archives' `resolvedPath` and `sizeBytes` filled in. Rejects as `locate` does. */
export async function withLocatedArchives(
  backups: readonly Backup[],
  archives: Archives,
): Promise<readonly Backup[]> {
  const paths = [...new Set(backups.flatMap(({ archive }) => archive?.path ?? []))];
  const found = await archives.locate(paths);
  const located = new Map(paths.map((path, index) => [path, found[index]]));
  return backups.map((backup) => {
    if (backup.archive === undefined) return backup;
    const { path } = backup.archive;
    const { resolvedPath, sizeBytes } = located.get(path) ?? {};
    if (resolvedPath === undefined || sizeBytes === undefined) return { ...backup, archive: { path } };
    return { ...backup, archive: { path, resolvedPath, sizeBytes } };
  });
}
