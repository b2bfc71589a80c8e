/**
 * What the merge will do, for the plan: through a running pod that mounts the claim, read-only, with the pod's own
 * tools. Guarantees that what it gives is of the whole volume: an image without a shell, a folder that the pod may not
 * read, a mount inside the volume or a volume that takes too long to look at, and nothing is given. The writers are
 * still up, so the counts are of this moment; what is in the way, and a volume that is too full, stop the run all the
 * same, as nothing is stopped for it yet.
 */
import type { Claim } from '../../domain/claim.ts';
import { createListingParser } from '../../domain/listing-parser.ts';
import type { Merge } from '../../domain/merge.ts';
import { messageOf } from '../../domain/message-of.ts';
import type { ClaimMount, Pod } from '../../domain/pod.ts';
import type { PodIdentity } from '../../domain/pod-identity.ts';
import { volumeListingScript } from '../../domain/volume-listing.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { filesystemRoom } from './filesystem-room.ts';
import { refuseConflicts, requireRoom } from './refuse-volume.ts';
import { type SurveyOptions, VolumeSurvey } from './survey-volume.ts';

export interface SeenMerge {
  readonly merge: Merge;
  /** The name of the pod that saw the volume. */
  readonly pod: string;
}

export interface LookOptions extends SurveyOptions {
  /** As whom the restore pod will run. */
  readonly identity: PodIdentity;
}

/** A workload is not kept busy for longer; then the counts come in step 4. */
const patienceMs = 60_000;

/** Undefined where no running pod can tell. Throws `volume-conflict`, `no-room`, the signal's reason when it is aborted. */
export async function lookBeforehand(
  run: Run,
  claim: Claim,
  options: LookOptions,
): Promise<SeenMerge | undefined> {
  const pods = await run.cluster.pods.list(claim.namespace);
  for (const pod of pods.filter(({ phase, deleting }) => phase === 'Running' && !deleting)) {
    const mount = pod.mounts.find((one) => one.claim === claim.name && !one.hasMountsBelow);
    if (mount === undefined) continue;
    try {
      return await lookThrough(run, { pod, mount }, options);
    } catch (error) {
      run.signal.throwIfAborted();
      if (error instanceof RunbookError) throw error;
      run.reporter.detail(`pod/${pod.name} cannot look at ${claim.name}: ${messageOf(error)}`);
    }
  }
  return undefined;
}

async function lookThrough(
  run: Run,
  { pod, mount }: { readonly pod: Pod; readonly mount: ClaimMount },
  options: LookOptions,
): Promise<SeenMerge> {
  const survey = new VolumeSurvey(options);
  const parser = createListingParser((entry) => survey.add(entry));
  const command = ['sh', '-c', volumeListingScript, 'nkvm-list', mount.path, 'stat'];
  const { exitCode, stderr } = await run.cluster.exec(pod, command, {
    container: mount.container,
    onStdout: (chunk) => parser.push(chunk),
    signal: AbortSignal.any([run.signal, AbortSignal.timeout(patienceMs)]),
  });
  if (exitCode !== 0) throw new Error(`its shell ended with ${exitCode}: ${stderr.trim()}`);
  const { everyDirectoryRead } = parser.end();
  if (!everyDirectoryRead && !isOnlyLostAndFound(stderr)) throw new Error(stderr.trim());
  refuseConflicts(survey, 'the volume is untouched');
  // An image without stat tells nothing.
  const room = await filesystemRoom(run, pod, mount).catch(() => undefined);
  run.signal.throwIfAborted();
  if (room !== undefined) requireRoom(room, { ...options, survey });
  return { merge: survey.merge(), pod: pod.name };
}

/** Only root may look into `lost+found`, and nobody restores what is there. */
function isOnlyLostAndFound(stderr: string): boolean {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => /\.\/lost\+found\W*: Permission denied$/.test(line));
}
