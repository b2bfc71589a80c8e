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
import { UnremovablePaths } from '../domain/unremovable-paths.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { filesystemRoom } from './volume/filesystem-room.ts';
import { listVolume } from './volume/list-volume.ts';
import { refuse, refuseConflicts, requireRoom } from './volume/refuse-volume.ts';
import { type SurveyOptions, VolumeSurvey } from './volume/survey-volume.ts';

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
  refuseConflicts(survey, so);
  const room = await filesystemRoom(run, parts.pod, { path: mountPath });
  if (room === undefined)
    run.reporter.warn('the room on the volume is unknown: stat in the restore pod does not tell');
  else requireRoom(room, { manifest, survey, identity });
  if (denied === undefined) return { merge: survey.merge(), foreign: undefined, hiding: [] };
  refuse('volume-not-writable', `${so}; ${userWords(denied.identity)}:`, denied.obstacles(manifest));
  const { unread, foreign } = denied;
  const merge = { ...survey.merge(), ...(unread > 0 && { unreadFolders: unread }) };
  return { merge, foreign, hiding: denied.hiding(manifest) };
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
