/**
 * What makes a volume unfit for what lands: something in the way, too little room. Asked of a running pod before step 2
 * where one can tell, and again of the restore pod, as the writers may have changed it meanwhile.
 */
import type { Manifest } from '../../archive/manifest.ts';
import type { PodIdentity } from '../../domain/pod-identity.ts';
import { counted, formatBytes, formatCount } from '../../domain/size.ts';
import { type FailureCode, RunbookError } from '../failure-matrix.ts';
import type { FilesystemRoom } from './filesystem-room.ts';
import { blockBytes, type VolumeSurvey } from './survey-volume.ts';

const shownObstacles = 10;

/** Throws the code where there is any obstacle. */
export function refuse(code: FailureCode, what: string, obstacles: readonly string[]): void {
  if (obstacles.length === 0) return;
  const more =
    obstacles.length > shownObstacles ? `\n  ... and ${obstacles.length - shownObstacles} more` : '';
  throw new RunbookError(code, `${what}\n  ${obstacles.slice(0, shownObstacles).join('\n  ')}${more}`);
}

/** Throws `volume-conflict`. `so`: what was done to the volume so far. */
export function refuseConflicts({ conflicts }: VolumeSurvey, so: string): void {
  refuse('volume-conflict', `${so}; tar would write through or over:`, conflicts);
}

export interface RoomParts {
  readonly manifest: Manifest;
  /** Of the whole volume. */
  readonly survey: VolumeSurvey;
  /** As whom the restore pod runs. */
  readonly identity: PodIdentity;
}

/** Throws `no-room`. */
export function requireRoom(room: FilesystemRoom, { manifest, survey, identity }: RoomParts): void {
  const demand = demandOf(manifest);
  // What the filesystem reserves is for root.
  const free = identity.kind === 'root' ? room.freeBytes : room.availableBytes;
  const neededBytes = demand.bytes - survey.freedBytes;
  const newInodes = demand.inodes - survey.knownPaths;
  if (neededBytes > free) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${exactly(neededBytes)} more than it frees, the volume has ${exactly(free)} free`,
    );
  }
  if (room.inodes > 0 && newInodes > room.freeInodes) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${counted(newInodes, 'new inode')}, the volume has ${formatCount(room.freeInodes)} free`,
    );
  }
}

/** Rounded, two sizes that differ may look the same. */
function exactly(bytes: number): string {
  return `${formatBytes(bytes)} (${formatCount(bytes)} bytes)`;
}

function demandOf(manifest: Manifest): { readonly bytes: number; readonly inodes: number } {
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
