/**
 * Before the first byte of step 4: is there room, and would tar write where it should? tar follows a symlink that is
 * already on the volume and dies half-way where a member meets another type, so both are refused while the volume is
 * still untouched. Looks at the volume once, through no link.
 */
import type { Manifest } from '../archive/manifest.ts';
import type { Merge } from '../domain/merge.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import { RunbookError } from './failure-matrix.ts';
import { listVolume } from './list-volume.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { blockBytes, type SurveyOptions, VolumeSurvey } from './survey-volume.ts';

const shownConflicts = 10;

export interface InspectParts extends SurveyOptions {
  readonly pod: RestorePod;
  /** Sees each path of the volume. */
  readonly onEntry?: ((entry: VolumeEntry) => void) | undefined;
}

/** What merging the archive into the volume will do. */
export async function inspectVolume(run: Run, { pod, onEntry, ...options }: InspectParts): Promise<Merge> {
  const survey = new VolumeSurvey(options);
  await listVolume(run, pod, 'stat', (entry) => {
    onEntry?.(entry);
    survey.add(entry);
  });
  refuseConflicts(survey.conflicts);
  const { freedBytes, knownPaths } = survey;
  await checkRoom(run, pod, { ...demandOf(options.manifest), freedBytes, known: knownPaths });
  return survey.merge();
}

function refuseConflicts(conflicts: readonly string[]): void {
  if (conflicts.length === 0) return;
  const more = conflicts.length > shownConflicts ? `\n  … and ${conflicts.length - shownConflicts} more` : '';
  throw new RunbookError(
    'volume-conflict',
    `the volume is untouched; tar would write through or over:\n  ${conflicts.slice(0, shownConflicts).join('\n  ')}${more}`,
  );
}

function demandOf(manifest: Manifest): { bytes: number; inodes: number } {
  let bytes = 0;
  let inodes = 0;
  for (const { type, sizeBytes } of manifest.members()) {
    if (type === 'hardlink') continue;
    inodes++;
    if (type === 'file') bytes += Math.ceil(sizeBytes / blockBytes) * blockBytes;
    if (type === 'directory') bytes += blockBytes;
  }
  return { bytes, inodes };
}

interface Demand {
  readonly bytes: number;
  readonly inodes: number;
  readonly freedBytes: number;
  /** Paths of the archive that are on the volume already. */
  readonly known: number;
}

async function checkRoom(
  run: Run,
  pod: RestorePod,
  { bytes, inodes, freedBytes, known }: Demand,
): Promise<void> {
  let output = '';
  const command = ['stat', '-f', '-c', '%S %f %c %d', mountPath];
  const result = await run.cluster.exec(pod, command, {
    onStdout: (chunk) => {
      output += chunk;
    },
    signal: run.signal,
  });
  const [blockSize, freeBlocks, totalInodes, freeInodes] = output.trim().split(' ').map(Number);
  if (result.exitCode !== 0 || blockSize === undefined || freeBlocks === undefined || !(blockSize > 0)) {
    run.reporter.warn(`the room on the volume is unknown: ${result.stderr.trim() || output}`);
    return;
  }
  const free = blockSize * freeBlocks;
  const needed = bytes - freedBytes;
  const newInodes = inodes - known;
  if (needed > free) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${needed} bytes more than it frees, the volume has ${free} free`,
    );
  }
  // Filesystems that make inodes as they go say 0 in all.
  if (totalInodes !== undefined && totalInodes > 0 && freeInodes !== undefined && newInodes > freeInodes) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${newInodes} new inodes, the volume has ${freeInodes} free`,
    );
  }
}
