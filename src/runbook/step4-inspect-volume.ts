/**
 * Before the first byte of step 4: is there room, may the pod's user write what lands and remove what a wipe removes, and
 * would tar write where it should? tar follows a symlink that is already on the volume and dies half-way where a member
 * meets another type, and rm where something is denied, so that is refused while the volume is still untouched. Looks at
 * the volume once, through no link.
 */
import type { Manifest } from '../archive/manifest.ts';
import { isLostAndFound } from '../domain/difference.ts';
import { ForeignPaths } from '../domain/foreign-paths.ts';
import type { Merge } from '../domain/merge.ts';
import type { PodIdentity, UnprivilegedIdentity } from '../domain/pod-identity.ts';
import { mountPath } from '../domain/restore-pod.ts';
import { counted, formatBytes, formatCount } from '../domain/size.ts';
import { UnremovablePaths } from '../domain/unremovable-paths.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import { type FailureCode, RunbookError } from './failure-matrix.ts';
import { filesystemRoom } from './filesystem-room.ts';
import { listVolume } from './list-volume.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { blockBytes, type SurveyOptions, VolumeSurvey } from './survey-volume.ts';

const shownObstacles = 10;

export interface InspectParts extends SurveyOptions {
  readonly pod: RestorePod;
  readonly identity: PodIdentity;
  /** For errors: what was done to the volume so far. Default: nothing. */
  readonly so?: string;
}

export interface InspectedVolume {
  /** What merging the archive into the volume will do. */
  readonly merge: Merge;
  /** What stays and is not the pod's own; undefined as root. */
  readonly foreign: ForeignPaths | undefined;
  /** Own directories that hide what is in them from their owner, where something lands or is to be removed. */
  readonly hiding: readonly string[];
}

export async function inspectVolume(run: Run, parts: InspectParts): Promise<InspectedVolume> {
  const { manifest, isWiped, identity, so = 'the volume is untouched' } = parts;
  const survey = new VolumeSurvey(parts);
  const denied = identity.kind === 'root' ? undefined : new Denied(identity, isWiped);
  await listVolume(run, parts.pod, 'stat', (entry) => {
    denied?.add(entry);
    survey.add(entry);
  });
  refuse('volume-conflict', `${so}; tar would write through or over:`, survey.conflicts);
  const { freedBytes, knownPaths } = survey;
  await checkRoom(run, parts, { ...demandOf(manifest), freedBytes, known: knownPaths });
  if (denied === undefined) return { merge: survey.merge(), foreign: undefined, hiding: [] };
  refuse('volume-not-writable', `${so}; ${userWords(denied.identity)}:`, denied.obstacles(manifest));
  const { unread, foreign } = denied;
  const merge = { ...survey.merge(), ...(unread > 0 && { unreadFolders: unread }) };
  return { merge, foreign, hiding: denied.hiding(manifest) };
}

function refuse(code: FailureCode, what: string, obstacles: readonly string[]): void {
  if (obstacles.length === 0) return;
  const more = obstacles.length > shownObstacles ? `\n  … and ${obstacles.length - shownObstacles} more` : '';
  throw new RunbookError(code, `${what}\n  ${obstacles.slice(0, shownObstacles).join('\n  ')}${more}`);
}

function userWords({ uid, gid, fsGroup }: UnprivilegedIdentity): string {
  return `as uid ${uid}, gid ${[gid, fsGroup ?? []].flat().join(', fsGroup ')}`;
}

/** What a user may not do with what stays, and with what a wipe removes: of that nobody will ask whose it is. */
class Denied {
  readonly identity: UnprivilegedIdentity;
  readonly foreign: ForeignPaths;
  readonly #removed: UnremovablePaths | undefined;

  constructor(identity: UnprivilegedIdentity, isWiped: boolean) {
    this.identity = identity;
    this.foreign = new ForeignPaths(identity);
    this.#removed = isWiped ? new UnremovablePaths(identity) : undefined;
  }

  add(entry: VolumeEntry): void {
    this.#removed?.add(entry);
    const stays = this.#removed === undefined || entry.path === '.' || isLostAndFound(entry.path);
    if (stays) this.foreign.add(entry);
  }

  /** Directories of which it is not known what is in them. */
  get unread(): number {
    return this.#removed?.unread.length ?? this.foreign.unread;
  }

  obstacles(manifest: Manifest): readonly string[] {
    return [...(this.#removed?.obstacles ?? []), ...this.foreign.obstacles(manifest.members())];
  }

  hiding(manifest: Manifest): readonly string[] {
    const landing = [...this.foreign.hiding()].filter((path) => manifest.hasDirectory(path));
    return this.#removed?.unread ?? landing;
  }
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

async function checkRoom(run: Run, { pod, identity }: InspectParts, demand: Demand): Promise<void> {
  const room = await filesystemRoom(run, pod, { path: mountPath });
  if (room === undefined) {
    run.reporter.warn('the room on the volume is unknown: stat in the restore pod does not tell');
    return;
  }
  // What the filesystem reserves is for root.
  const free = identity.kind === 'root' ? room.freeBytes : room.availableBytes;
  const needed = demand.bytes - demand.freedBytes;
  const newInodes = demand.inodes - demand.known;
  if (needed > free) {
    throw new RunbookError(
      'no-room',
      `the archive needs ${exactly(needed)} more than it frees, the volume has ${exactly(free)} free`,
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
