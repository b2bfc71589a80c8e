/** `validate`: the verdict on one backup, wherever it goes wrong. */
import type { ArchiveInspection } from '../archive/inspect-archive.ts';
import type { Backup } from '../domain/backup.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Archives } from '../sources/archives.ts';
import { RunbookError } from './failure-matrix.ts';
import { type IdentifiedArchive, identifyArchive } from './step1-identify-backup.ts';
import { judgeArchive, type ReadParts } from './step1-validate-archive.ts';

/** A backup and what its archive is; without an inspection where there was no archive to open. */
export interface JudgedBackup {
  readonly backup: Backup;
  readonly verdict: Verdict;
  readonly inspection?: ArchiveInspection | undefined;
}

export interface JudgeParts extends ReadParts {
  readonly archives: Archives;
}

export async function judgeBackup(
  parts: JudgeParts,
  backup: Backup,
  showFiles: number,
): Promise<JudgedBackup> {
  let archive: IdentifiedArchive;
  try {
    archive = await identifyArchive(backup, parts.archives);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return { backup, verdict: { result: 'missing', reason: error.message } };
  }
  const { verdict, inspection } = await judgeArchive(parts, archive, showFiles);
  const { sizeBytes } = inspection ?? {};
  const { path, resolvedPath } = archive;
  const located = { path: backup.archive?.path ?? path, resolvedPath };
  return {
    backup: { ...backup, archive: { ...located, ...(sizeBytes !== undefined && { sizeBytes }) } },
    verdict,
    inspection,
  };
}
