/** `validate`: the verdict on one backup, wherever it goes wrong. */
import type { ArchivePlaces } from '../catalog/locate-archive.ts';
import type { Backup } from '../domain/backup.ts';
import type { Validated } from '../output/verdicts.ts';
import { RunbookError } from './failure-matrix.ts';
import { type IdentifiedArchive, identifyArchive } from './step1-identify-backup.ts';
import { judgeArchive, type ReadParts } from './step1-validate-archive.ts';

export interface JudgeParts extends ReadParts {
  readonly places: ArchivePlaces;
}

export async function judgeBackup(parts: JudgeParts, backup: Backup, showFiles: number): Promise<Validated> {
  let archive: IdentifiedArchive;
  try {
    archive = identifyArchive(backup, parts.places);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return { backup, verdict: { result: 'missing', reason: error.message } };
  }
  const { verdict, inspection } = await judgeArchive(parts, archive, showFiles);
  const { sizeBytes } = inspection ?? {};
  const located = { path: backup.archive?.path ?? archive.path, resolvedPath: archive.path };
  return {
    backup: { ...backup, archive: { ...located, ...(sizeBytes !== undefined && { sizeBytes }) } },
    verdict,
    inspection,
  };
}
