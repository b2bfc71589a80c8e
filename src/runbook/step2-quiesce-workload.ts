/**
 * Runbook step 2: Quiesce target workload. Scales every writer to 0 and waits until no pod holds the claim.
 *
 * Invariant: the earlier replica count is written on the workload in the same patch that scales it, and a count that
 * an unfinished run wrote is never overwritten; so whatever dies from here on, the cluster itself knows what to give
 * back. Failure signals: the patch is refused (`quiesce-failed`), pods keep running or terminating
 * (`writers-not-stopped`).
 */

import type { WorkloadChange } from '../cluster/cluster.ts';
import { isStatus } from '../cluster/connection-error.ts';
import type { Claim } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { holdersOf, isBackupHelper, type Pod } from '../domain/pod.ts';
import { quiesceRecord, recordKeys, recordOf } from '../domain/quiesce-record.ts';
import type { RunId } from '../domain/run.ts';
import { counted } from '../domain/size.ts';
import { type Workload, type WorkloadRef, workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Target } from './preconditions.ts';
import type { Run } from './run.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';

/** One writer, as it was found and as step 5 gives it back. */
export interface StoppedWorkload extends WorkloadRef {
  readonly namespace: string;
  /** The replicas from before this run, or from before the unfinished one whose record was taken over. */
  readonly replicas: number;
  /** What step 5 resumes to: the same, unless --replicas says otherwise. */
  readonly resumeTo: number;
  readonly whenScaled?: 'Retain' | 'Delete';
  /** The unfinished run whose record was taken over. */
  readonly takenOverFrom?: RunId;
  /** The change that puts back what this run found. */
  readonly undo: WorkloadChange;
}

declare const quiesced: unique symbol;

/** Evidence that no pod writes to the claim any more. */
export interface QuiescedWorkload {
  readonly [quiesced]: true;
  readonly claim: Claim;
  readonly workloads: readonly StoppedWorkload[];
}

export interface QuiesceOptions {
  readonly timeoutSeconds: number;
  /** `--replicas`. */
  readonly resumeTo?: number | undefined;
  /**
   * Called for each workload before the patch that scales it, again when it is read anew: a patch whose answer is lost
   * may have been made, and must be undone as any other.
   */
  readonly onStopping: (workload: StoppedWorkload) => void;
}

export async function quiesceWorkload(
  run: Run,
  target: Target,
  options: QuiesceOptions,
): Promise<QuiescedWorkload> {
  const stopped: StoppedWorkload[] = [];
  if (target.workloads.length === 0) run.reporter.info('nobody mounts the claim: there is nothing to scale');
  for (const workload of target.workloads) {
    run.signal.throwIfAborted();
    stopped.push(await stopWorkload(run, workload, { claim: target.claim, ...options }));
    const from = workload.replicas === 0 ? 'is at 0 already' : `scaled from ${workload.replicas} to 0`;
    run.reporter.info(`${workloadName(workload)} ${from}`);
  }
  await waitForPods(run, target.claim, options.timeoutSeconds);
  return { claim: target.claim, workloads: stopped } as unknown as QuiescedWorkload;
}

/** Scales back what a failure before the first written byte leaves, newest first. */
export async function undoQuiesce(
  run: Run,
  stopped: readonly StoppedWorkload[],
  onUndone: (workload: StoppedWorkload) => void,
): Promise<void> {
  for (const one of stopped.toReversed()) {
    try {
      const count = counted(one.undo.replicas ?? 0, 'replica');
      if (await undo(run, one)) run.reporter.info(`${workloadName(one)} given back its ${count}`);
      onUndone(one);
    } catch (error) {
      run.reporter.warn(`${workloadName(one)} could not be given back: ${messageOf(error)}`);
    }
  }
}

/** False when the workload is gone, or no longer this run's: then there is nothing to give back. */
async function undo(run: Run, one: StoppedWorkload): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const now = await run.cluster.workloads.read(one.namespace, one);
    if (now === undefined || quiesceRecord(now)?.run !== run.id) return false;
    try {
      await run.cluster.workloads.patch(now, one.undo);
      return true;
    } catch (error) {
      // Its controller writes the status of the scale-down at the same time.
      if (!isStatus(error, 409) || attempt === 5) throw error;
    }
  }
}

async function stopWorkload(
  run: Run,
  found: Workload,
  { claim, resumeTo, onStopping }: QuiesceOptions & { readonly claim: Claim },
): Promise<StoppedWorkload> {
  let workload = found;
  for (let attempt = 1; ; attempt++) {
    const stopped = plan(run, workload, resumeTo);
    onStopping(stopped);
    try {
      await run.cluster.workloads.patch(workload, {
        replicas: 0,
        ...(stopped.whenScaled === 'Delete' && { whenScaled: 'Retain' }),
        annotations: recordOf(run.id, claim.name, stopped),
      });
      return stopped;
    } catch (cause) {
      // Somebody else changed it between our reading and our patch: what they wrote must be looked at first.
      const fresh =
        isStatus(cause, 409) && attempt < 5
          ? await run.cluster.workloads.read(claim.namespace, workload)
          : undefined;
      if (fresh === undefined) {
        throw new RunbookError(
          'quiesce-failed',
          `${workloadName(workload)} could not be scaled to 0: ${messageOf(cause)}`,
          { cause },
        );
      }
      workload = fresh;
    }
  }
}

function plan(run: Run, workload: Workload, resumeTo: number | undefined): StoppedWorkload {
  const earlier = quiesceRecord(workload);
  const replicas = earlier?.replicas ?? workload.replicas;
  const whenScaled = earlier?.whenScaled ?? workload.whenScaled;
  const found = Object.fromEntries(recordKeys.map((key) => [key, workload.annotations[key] ?? null]));
  return {
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
    replicas,
    resumeTo: resumeTo ?? replicas,
    ...(whenScaled === 'Delete' && { whenScaled }),
    ...(earlier !== undefined && earlier.run !== run.id && { takenOverFrom: earlier.run }),
    undo: {
      replicas: workload.replicas,
      ...(workload.whenScaled !== undefined && { whenScaled: workload.whenScaled }),
      annotations: found,
    },
  };
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
