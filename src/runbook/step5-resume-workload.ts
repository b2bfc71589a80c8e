/**
 * Runbook step 5.3 and 5.4: Resume workload, and verify its readiness.
 *
 * Invariant: each workload gets exactly the replicas that were recorded before step 2, in the reverse order, and the
 * record is taken off in the same patch. What somebody else scaled up meanwhile is left as it is, and said.
 * An application that fails goes back to 0 at once, its last words kept; one that is merely slow is the operator's
 * decision. Failure signals: `resume-failed`, `app-failed`, `app-not-ready`.
 */
import { messageOf } from '../domain/message-of.ts';
import type { Pod } from '../domain/pod.ts';
import { noRecord, recordOf } from '../domain/quiesce-record.ts';
import { counted } from '../domain/size.ts';
import { type WorkloadRef, workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import { patchFresh } from './patch-workload.ts';
import { failureOf, rolledOut } from './rollout.ts';
import type { Run } from './run.ts';
import type { StoppedWorkload } from './step2-quiesce-workload.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';

declare const resumed: unique symbol;

/** Evidence that every workload has its replicas back and rolled out. */
export interface ResumedWorkload {
  readonly [resumed]: true;
  readonly pods: readonly Pod[];
}

export interface ResumeOptions {
  readonly namespace: string;
  readonly claim: string;
  readonly workloads: readonly StoppedWorkload[];
  readonly timeoutSeconds: number;
  /** Asked on a terminal when the budget ends with the app still starting; absent elsewhere. */
  readonly askSlow?: (what: string) => Promise<'wait' | 'leave' | 'stop'>;
  readonly onResumed: (workload: StoppedWorkload, replicas: number) => void;
  readonly onDiagnostics: (lines: readonly string[]) => void;
}

export async function resumeWorkload(run: Run, options: ResumeOptions): Promise<ResumedWorkload> {
  const { namespace, workloads } = options;
  for (const one of workloads.toReversed()) {
    run.signal.throwIfAborted();
    options.onResumed(one, await scaleBack(run, one));
  }
  await awaitRollout(run, options);
  for (const one of workloads) await giveBackPolicy(run, one);
  const pods = await podsOf(run, namespace, workloads);
  return { pods } as unknown as ResumedWorkload;
}

/**
 * Keeps the failing pods' last words, then scales the workloads to 0 again with the record that `cleanup --resume`
 * needs. Says how that went: it never hides the failure that led here.
 */
export async function backToZero(run: Run, options: ResumeOptions): Promise<string> {
  await explain(run, options);
  const said: string[] = [];
  for (const one of options.workloads) {
    try {
      await patchFresh(run, one, () => ({
        replicas: 0,
        // The policy may have been given back already: scaling down would delete the restored claims.
        ...(one.whenScaled === 'Delete' && { whenScaled: 'Retain' }),
        annotations: recordOf(run.id, options.claim, one),
      }));
      options.onResumed(one, 0);
      said.push(`${workloadName(one)} is back at 0`);
    } catch (error) {
      said.push(`${workloadName(one)} could NOT be scaled back to 0: ${messageOf(error)}`);
    }
  }
  return said.join(', ');
}

async function scaleBack(run: Run, one: StoppedWorkload): Promise<number> {
  try {
    let isLeft = false;
    const patched = await patchFresh(run, one, (now) => {
      isLeft = now.replicas !== 0;
      // The claims must be retained until all replicas are back: the record goes with the policy.
      const annotations = one.whenScaled === 'Delete' ? {} : noRecord;
      return { ...(now.replicas === 0 && { replicas: one.resumeTo }), annotations };
    });
    const count = counted(patched.replicas, 'replica');
    if (isLeft) run.reporter.warn(`${workloadName(one)} was scaled to ${count} meanwhile: left so`);
    else run.reporter.info(`${workloadName(one)} resumed to ${count}`);
    return patched.replicas;
  } catch (cause) {
    throw new RunbookError(
      'resume-failed',
      `${workloadName(one)} could not be scaled back to ${one.resumeTo}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function giveBackPolicy(run: Run, one: StoppedWorkload): Promise<void> {
  if (one.whenScaled !== 'Delete') return;
  await patchFresh(run, one, () => ({ whenScaled: 'Delete', annotations: noRecord }));
}

async function awaitRollout(run: Run, options: ResumeOptions): Promise<void> {
  const { namespace, workloads, timeoutSeconds, askSlow } = options;
  let waitingFor = '';
  const look = async (): Promise<true | undefined> => {
    const states = await Promise.all(workloads.map((one) => run.cluster.workloads.read(namespace, one)));
    const found = states.filter((state) => state !== undefined);
    const failure = await failureOf(run, found);
    if (failure !== undefined)
      throw new RunbookError('app-failed', `${failure}; ${await backToZero(run, options)}`);
    const waiting = found
      .map(rolledOut)
      .filter((text) => text !== undefined)
      .join('; ');
    if (waiting !== waitingFor && waiting !== '') run.reporter.info(waiting);
    waitingFor = waiting;
    return waiting === '' ? true : undefined;
  };
  for (;;) {
    try {
      await waitUntil(look, { clock: run.clock, timeoutSeconds, signal: run.signal });
      return;
    } catch (error) {
      if (!(error instanceof WaitTimeout)) throw error;
    }
    const answer = (await askSlow?.(waitingFor)) ?? 'stop';
    if (answer === 'wait') continue;
    const what = `still starting, not failed, after ${timeoutSeconds} s: ${waitingFor}`;
    if (answer === 'leave') throw new RunbookError('app-not-ready', `${what}; left running`);
    throw new RunbookError('app-not-ready', `${what}; ${await backToZero(run, options)}`);
  }
}

/** The events and last log lines of the pods that are not ready, before they go. */
async function explain(run: Run, { namespace, workloads, onDiagnostics }: ResumeOptions): Promise<void> {
  try {
    const pods = await podsOf(run, namespace, workloads);
    for (const pod of pods.slice(0, 10)) {
      const events = await run.cluster.pods.events(pod);
      const lines = events.slice(-5).map((event) => `${pod.name}: ${event}`);
      for (const { name, ready } of pod.containers) {
        if (ready) continue;
        const log = await run.cluster.pods.log(pod, name, 20);
        lines.push(...log.map((line) => `${pod.name} ${name}| ${line}`));
      }
      onDiagnostics(lines);
    }
  } catch (error) {
    run.reporter.warn(`the failing pods could not be explained: ${messageOf(error)}`);
  }
}

async function podsOf(
  run: Run,
  namespace: string,
  workloads: readonly WorkloadRef[],
): Promise<readonly Pod[]> {
  const found = await Promise.all(
    workloads.map(async (one) => {
      const workload = await run.cluster.workloads.read(namespace, one);
      return workload === undefined ? [] : run.cluster.pods.list(namespace, workload.selector);
    }),
  );
  return found.flat();
}
