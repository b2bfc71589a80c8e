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
import { filesystemRoom } from './filesystem-room.ts';
import { listVolume } from './list-volume.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { blockBytes, type SurveyOptions, VolumeSurvey } from './survey-volume.ts';

const shownConflicts = 10;

export interface InspectParts extends SurveyOptions {
  readonly pod: RestorePod;
  /** Whether the pod may use what the filesystem reserves for root. */
  readonly asRoot: boolean;
  /** Sees each path of the volume. */
  readonly onEntry?: ((entry: VolumeEntry) => void) | undefined;
}

/** What merging the archive into the volume will do. */
export async function inspectVolume(run: Run, parts: InspectParts): Promise<Merge> {
  const survey = new VolumeSurvey(parts);
  await listVolume(run, parts.pod, 'stat', (entry) => {
    parts.onEntry?.(entry);
    survey.add(entry);
  });
  refuseConflicts(survey.conflicts);
  const { freedBytes, knownPaths } = survey;
  await checkRoom(run, parts, { ...demandOf(parts.manifest), freedBytes, known: knownPaths });
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

async function checkRoom(run: Run, { pod, asRoot }: InspectParts, demand: Demand): Promise<void> {
  const room = await filesystemRoom(run, pod, { path: mountPath });
  if (room === undefined) {
    run.reporter.warn('the room on the volume is unknown: stat in the restore pod does not tell');
    return;
  }
  const free = asRoot ? room.freeBytes : room.availableBytes;
  const needed = demand.bytes - demand.freedBytes;
  const newInodes = demand.inodes - demand.known;
  if (needed > free) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${needed} bytes more than it frees, the volume has ${free} free`,
    );
  }
  if (room.inodes > 0 && newInodes > room.freeInodes) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${newInodes} new inodes, the volume has ${room.freeInodes} free`,
    );
  }
}
