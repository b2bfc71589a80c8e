/**
 * Runbook step 1.1: Identify backup candidate. From a row of the history to one archive file, and to what vouches for
 * it. Only reads; a catalogue's errors pass as they are.
 */

import { type ArchivePlaces, locateArchive } from '../catalog/locate-archive.ts';
import type { Backup } from '../domain/backup.ts';
import { RunbookError } from './failure-matrix.ts';

/** An archive to restore, not opened yet. */
export interface IdentifiedArchive {
  /** Absent when the archive was named by its path. */
  readonly backup?: Backup;
  /** The local file. */
  readonly path: string;
  /** Absent when nothing vouches for the archive. */
  readonly expectedSha256?: string;
}

/** Where the backup's archive lies on this machine. */
export function identifyArchive(backup: Backup, places: ArchivePlaces): IdentifiedArchive {
  const filed = backup.archive?.path ?? '';
  const known = backup.archive?.resolvedPath;
  const { isRemote, resolvedPath, lookedAt } = locateArchive(known ?? filed, places);
  if (isRemote) {
    throw new RunbookError(
      'archive-missing',
      `the archive lies at ${filed}, which this version does not fetch: copy it here first`,
    );
  }
  if (resolvedPath === undefined) {
    throw new RunbookError(
      'archive-missing',
      `the archive ${filed} is not there; looked at ${lookedAt.join(', ')}`,
    );
  }
  return {
    backup,
    path: resolvedPath,
    ...(backup.checksumSha256 !== undefined && { expectedSha256: backup.checksumSha256 }),
  };
}
