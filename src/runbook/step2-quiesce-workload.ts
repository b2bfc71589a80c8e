/**
 * Runbook step 2: Quiesce target workload. Stops every writer, what would start it again first, and waits until no pod
 * holds the claim.
 *
 * Invariant: see stop-objects.ts. Failure signals: the patch is refused (`quiesce-failed`), pods keep running or
 * terminating (`writers-not-stopped`).
 */
import type { Claim } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { isRunPod, type Pod } from '../domain/pod.ts';
import { stoppedWords, undoneWords } from '../domain/stop-words.ts';
import { workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Target } from './preconditions.ts';
import type { Run } from './run.ts';
import { type Stop, stopObject, undoStop } from './stop-objects.ts';
import { waitForWriters } from './wait-for-writers.ts';

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
  /** Called before a pod without an owner is deleted. */
  readonly onDeletedPod: (pod: Pod) => void;
}

export async function quiesceWorkload(
  run: Run,
  target: Target,
  options: QuiesceOptions,
): Promise<QuiescedWorkload> {
  const { claim, stops, barePods, lingering } = target;
  const stopped: Stop[] = [];
  if (stops.length + barePods.length === 0)
    run.reporter.info('nobody mounts the claim: there is nothing to stop');
  for (const found of stops) {
    run.signal.throwIfAborted();
    stopped.push(await stopObject(run, found, { claim, ...options }));
    run.reporter.info(stoppedWords(found));
  }
  for (const pod of barePods) await deleteBarePod(run, pod, options);
  for (const pod of lingering.filter(isRunPod)) {
    run.reporter.info(`pod/${pod.name} of a dead run is removed`);
    await run.cluster.pods.delete(pod);
  }
  await waitForWriters(run, target, options.timeoutSeconds);
  return { claim, stopped } as unknown as QuiescedWorkload;
}

async function deleteBarePod(run: Run, pod: Pod, { onDeletedPod }: QuiesceOptions): Promise<void> {
  run.signal.throwIfAborted();
  onDeletedPod(pod);
  try {
    await run.cluster.pods.delete(pod, pod.uid);
  } catch (cause) {
    throw new RunbookError('quiesce-failed', `pod/${pod.name} could not be deleted: ${messageOf(cause)}`, {
      cause,
    });
  }
  run.reporter.info(`pod/${pod.name} deleted; it has no owner and does not come back`);
}

/** Gives back what a failure before the first written byte leaves, newest first. */
export async function undoQuiesce(
  run: Run,
  stopped: readonly Stop[],
  onUndone: (stop: Stop) => void,
): Promise<void> {
  for (const one of stopped.toReversed()) {
    try {
      if (await undoStop(run, one)) run.reporter.info(undoneWords(one, one.found));
      onUndone(one);
    } catch (error) {
      run.reporter.warn(`${workloadName(one)} could not be given back: ${messageOf(error)}`);
    }
  }
}
