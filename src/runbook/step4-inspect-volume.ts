/**
 * Before the first byte of step 4: is there room, and would tar write where it should? tar follows a symlink that is
 * already on the volume and dies half-way where a member meets another type, so both are refused while the volume is
 * still untouched. Looks at the volume once, through no link.
 */
import type { Manifest } from '../archive/manifest.ts';
import { displayPath } from '../domain/archive-path.ts';
import type { MemberType } from '../domain/member.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import { RunbookError } from './failure-matrix.ts';
import { listVolume } from './list-volume.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/** What merging the archive into the volume will do. */
export interface VolumeSurvey {
  readonly created: number;
  readonly overwritten: number;
  /** Overwritten files that are newer on the volume than in the archive. */
  readonly overwrittenNewer: number;
  /** Files on the volume that the archive does not have; they stay. */
  readonly extraFiles: number;
}

export interface InspectParts {
  readonly pod: RestorePod;
  readonly manifest: Manifest;
  readonly onEntry?: ((entry: VolumeEntry) => void) | undefined;
}

const shownConflicts = 10;
/** What a filesystem rounds a file up to, and what a directory takes. */
const blockBytes = 4096;

/** `onEntry` sees each path of the volume. */
export async function inspectVolume(
  run: Run,
  { pod, manifest, onEntry }: InspectParts,
): Promise<VolumeSurvey> {
  const conflicts: string[] = [];
  let freedBytes = 0;
  let known = 0;
  let overwritten = 0;
  let overwrittenNewer = 0;
  let extraFiles = 0;
  await listVolume(run, pod, 'stat', (entry) => {
    onEntry?.(entry);
    const member = manifest.find(entry.path);
    const expected = member === undefined ? undefined : landsAs(member.type);
    if (expected === undefined && !manifest.isDirectoryOnTheWay(entry.path)) {
      if (entry.type === 'file') extraFiles++;
      return;
    }
    const wanted = expected ?? 'directory';
    if (entry.type !== wanted)
      conflicts.push(`${displayPath(entry.path)} is a ${entry.type}, the archive has a ${wanted}`);
    known++;
    if (entry.type === 'directory') freedBytes += blockBytes;
    if (entry.type !== 'file') return;
    freedBytes += entry.allocatedBytes;
    overwritten++;
    if (member !== undefined && entry.mtimeSeconds > member.mtimeSeconds) overwrittenNewer++;
  });
  if (conflicts.length > 0) {
    const more =
      conflicts.length > shownConflicts ? `\n  … and ${conflicts.length - shownConflicts} more` : '';
    throw new RunbookError(
      'volume-conflict',
      `the volume is untouched; tar would write through or over:\n  ${conflicts.slice(0, shownConflicts).join('\n  ')}${more}`,
    );
  }
  await checkRoom(run, pod, { ...demandOf(manifest), freedBytes, known });
  return { created: manifest.size - known, overwritten, overwrittenNewer, extraFiles };
}

function landsAs(type: MemberType): MemberType {
  return type === 'hardlink' ? 'file' : type;
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
