/**
 * Runbook step 2: Quiesce target workload. Stops every writer, what would start it again first, and waits until no pod
 * holds the claim.
 *
 * Invariant: see stop-objects.ts. Failure signals: the patch is refused (`quiesce-failed`), pods keep running or
 * terminating (`writers-not-stopped`).
 */
import type { Claim } from '../domain/claim.ts';
import { type FieldValue, fieldsOf } from '../domain/field-values.ts';
import { messageOf } from '../domain/message-of.ts';
import { holdersOf, isBackupHelper, type Pod } from '../domain/pod.ts';
import { leftWords, stoppedWords, undoneWords } from '../domain/stop-words.ts';
import { workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Target } from './preconditions.ts';
import type { Run } from './run.ts';
import { type Stop, stopObject, undoStop } from './stop-objects.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';

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
}

export async function quiesceWorkload(
  run: Run,
  target: Target,
  options: QuiesceOptions,
): Promise<QuiescedWorkload> {
  const { claim, stops } = target;
  const stopped: Stop[] = [];
  if (stops.length === 0) run.reporter.info('nobody mounts the claim: there is nothing to stop');
  for (const found of stops) {
    run.signal.throwIfAborted();
    stopped.push(await stopObject(run, found, { claim, ...options }));
    run.reporter.info(stoppedWords(found));
  }
  await waitForPods(run, claim, options.timeoutSeconds);
  return { claim, stopped } as unknown as QuiescedWorkload;
}

/** Gives back what a failure before the first written byte leaves, newest first. */
export async function undoQuiesce(
  run: Run,
  stopped: readonly Stop[],
  /** With its fields as they are then. */
  onUndone: (stop: Stop, now: readonly FieldValue[]) => void,
): Promise<void> {
  for (const one of stopped.toReversed()) {
    try {
      const undone = await undoStop(run, one);
      if (undone?.isLeft) run.reporter.warn(leftWords(undone.now, one.found));
      else if (undone !== undefined) run.reporter.info(undoneWords(one, one.found));
      onUndone(one, undone === undefined ? one.found : fieldsOf(undone.now));
    } catch (error) {
      run.reporter.warn(`${workloadName(one)} could not be given back: ${messageOf(error)}`);
    }
  }
}

async function waitForPods(run: Run, claim: Claim, timeoutSeconds: number): Promise<void> {
  let left: readonly Pod[] = [];
  let said = '';
  const look = async (): Promise<true | undefined> => {
    const pods = await run.cluster.pods.list(claim.namespace);
    left = holdersOf(claim.name, pods);
    const names = left.map(({ name }) => name).join(', ');
    if (names !== said && names !== '') run.reporter.info(`waiting for ${names}`);
    said = names;
    return left.length === 0 ? true : undefined;
  };
  try {
    await waitUntil(look, { clock: run.clock, timeoutSeconds, signal: run.signal });
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new RunbookError(
      'writers-not-stopped',
      `after ${timeoutSeconds} s these pods still hold the claim: ${left.map(explain).join('; ')}`,
      {
        next: left.map(({ name }) => `kubectl -n ${claim.namespace} describe pod ${name}`),
      },
    );
  }
}

function explain(pod: Pod): string {
  const finalizers = pod.finalizers.length > 0 ? `, finalizers ${pod.finalizers.join(' ')}` : '';
  const owner = isBackupHelper(pod)
    ? ', an NKVM backup'
    : pod.owner === undefined
      ? ''
      : `, of ${pod.owner.kind}/${pod.owner.name}`;
  return `${pod.name} (${pod.deleting ? 'terminating' : pod.phase} on ${pod.node ?? 'no node'}${owner}${finalizers})`;
}
