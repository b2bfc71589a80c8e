/** The names of a run's safety archive: apart from what makes one, as `cleanup` looks for half of one only. */
import { join } from 'node:path';
import { partialName } from '../../archive/partial-archive.ts';
import type { RunId } from '../../domain/run.ts';

export function copyName(run: RunId): string {
  return `nkvm-${run}.tar.gz`;
}

/** Where a run's safety copy is until it is whole. */
export function partialCopy(folder: string, run: RunId): string {
  return join(folder, partialName(copyName(run)));
}
