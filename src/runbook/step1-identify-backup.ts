/**
 * Runbook step 1.1: Identify backup candidate. From a row of the history to one archive file, and to what vouches for
 * it. Only reads; a catalogue's errors pass as they are.
 */
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { Backup } from '../domain/backup.ts';
import type { Archives } from '../sources/archives.ts';
import { RunbookError } from './failure-matrix.ts';

/** An archive to restore, not opened yet. */
export interface IdentifiedArchive {
  /** Absent when the archive was named by its path. */
  readonly backup?: Backup;
  /** The file as messages and records name it. */
  readonly path: string;
  /** The file's path where it lies: on this machine, or in the app's pod. */
  readonly resolvedPath: string;
  /** Absent when nothing vouches for the archive. */
  readonly expectedSha256?: string;
  /** Rejects with a SourceError; may take as long as bringing the file here. */
  readonly open: () => Promise<ArchiveSource>;
}

/** Where the backup's archive lies. */
export async function identifyArchive(backup: Backup, archives: Archives): Promise<IdentifiedArchive> {
  const filed = backup.archive?.path ?? '';
  const [located] = await archives.locate([backup.archive?.resolvedPath ?? filed]);
  if (located?.isRemote) {
    throw new RunbookError(
      'archive-missing',
      `the archive lies at ${filed}, which this version does not fetch: copy it here first`,
    );
  }
  const resolvedPath = located?.resolvedPath;
  if (resolvedPath === undefined) {
    const places = (located?.lookedAt ?? []).map((path) => archives.nameOf(path));
    throw new RunbookError(
      'archive-missing',
      `the archive ${filed} is not there; looked at ${places.join(', ')}`,
    );
  }
  return {
    backup,
    path: archives.nameOf(resolvedPath),
    resolvedPath,
    ...(backup.checksumSha256 !== undefined && { expectedSha256: backup.checksumSha256 }),
    open: () => archives.open(resolvedPath),
  };
}
