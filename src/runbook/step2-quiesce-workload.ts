/**
 * Runbook step 2: Quiesce target workload. Stops every writer, what would start it again first, and waits until no pod
 * holds the claim.
 *
 * Invariant: see stop-objects.ts. Failure signals: the patch is refused (`quiesce-failed`), pods keep running or
 * terminating (`writers-not-stopped`).
 */
import { ApiError } from '../cluster/connection-error.ts';
import type { Claim } from '../domain/claim.ts';
import { replicasFor } from '../domain/earlier-state.ts';
import { type FieldValue, fieldsOf } from '../domain/field-values.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Pod } from '../domain/pod.ts';
import { leftWords, stoppedWords, undoneWords } from '../domain/stop-words.ts';
import { workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Target } from './preconditions.ts';
import type { Run } from './run.ts';
import type { PodManifests } from './writers/deleted-pods.ts';
import { type Stop, stopObject, undoStop } from './writers/stop-objects.ts';
import { waitForWriters } from './writers/wait-for-writers.ts';

declare const quiesced: unique symbol;

/** Evidence that no pod writes to the claim any more. */
export interface QuiescedWorkload {
  readonly [quiesced]: true;
  readonly claim: Claim;
  readonly stopped: readonly Stop[];
}

export interface QuiesceOptions {
  readonly timeoutSeconds: number;
  /** `--replicas`. */
  readonly resumeTo?: number | undefined;
  /** As `StopOptions` has it. */
  readonly onStopping: (stop: Stop) => void;
  readonly onRefused: (stop: Stop) => void;
  /** For each pod without an owner, which stays where it cannot be kept. */
  readonly podManifests: PodManifests;
}

export async function quiesceWorkload(
  run: Run,
  target: Target,
  options: QuiesceOptions,
): Promise<QuiescedWorkload> {
  const { claim, stops, barePods } = target;
  const { onStopping, onRefused } = options;
  const stopped: Stop[] = [];
  if (stops.length + barePods.length === 0)
    run.reporter.info('nobody mounts the claim: there is nothing to stop');
  for (const found of stops) {
    run.signal.throwIfAborted();
    const resumeTo = replicasFor(found, { stops, replicas: options.resumeTo });
    stopped.push(await stopObject(run, found, { claim, resumeTo, onStopping, onRefused }));
    run.reporter.info(stoppedWords(found));
  }
  for (const pod of barePods) await deleteBarePod(run, pod, options);
  await waitForWriters(run, target, options.timeoutSeconds);
  return { claim, stopped } as unknown as QuiescedWorkload;
}

async function deleteBarePod(run: Run, pod: Pod, { podManifests }: QuiesceOptions): Promise<void> {
  run.signal.throwIfAborted();
  let manifest: string | undefined;
  try {
    manifest = await podManifests.keep(pod);
    await run.cluster.pods.delete(pod, pod.uid);
    if (manifest !== undefined) podManifests.onDeleted(pod, manifest);
  } catch (cause) {
    if (manifest !== undefined && !(cause instanceof ApiError)) podManifests.onDeleted(pod, manifest);
    throw new RunbookError('quiesce-failed', `pod/${pod.name} could not be deleted: ${messageOf(cause)}`, {
      cause,
    });
  }
  run.reporter.info(`pod/${pod.name} deleted; it has no owner and does not come back`);
}

export interface UndoOptions {
  /** With its fields as they are then. */
  readonly onUndone: (stop: Stop, now: readonly FieldValue[]) => void;
  /** Somebody has deleted it. */
  readonly onGone: (stop: Stop) => void;
}

/** Gives back what a failure before the first written byte leaves, newest first. */
export async function undoQuiesce(
  run: Run,
  stopped: readonly Stop[],
  { onUndone, onGone }: UndoOptions,
): Promise<void> {
  for (const one of stopped.toReversed()) {
    try {
      const undone = await undoStop(run, one);
      if (undone === 'gone') {
        onGone(one);
        continue;
      }
      if (undone?.isLeft) run.reporter.warn(leftWords(undone.now, one.found));
      else if (undone !== undefined) run.reporter.info(undoneWords(one, one.found));
      onUndone(one, undone === undefined ? one.found : fieldsOf(undone.now));
    } catch (error) {
      run.reporter.warn(`${workloadName(one)} could not be given back: ${messageOf(error)}`);
    }
  }
}
