/**
 * Runbook step 5.3 and 5.4: Resume workload, and verify its readiness.
 *
 * Invariant: each object gets exactly what was recorded before step 2, in the reverse order, and the record is taken off
 * in the same patch. What somebody else changed meanwhile is left as it is, and said.
 * An application that fails goes back to 0 at once, its last words kept; one that is merely slow is the operator's
 * decision. Failure signals: `resume-failed`, `app-failed`, `app-not-ready`.
 */

import { catchUpWords } from '../domain/catch-up.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { type ClusterObject, merged } from '../domain/cluster-object.ts';
import { fieldsOf, replicasIn, stopPatch } from '../domain/field-values.ts';
import { leverOf } from '../domain/levers.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Pod } from '../domain/pod.ts';
import { recordPatch } from '../domain/quiesce-record.ts';
import { rolledOut } from '../domain/rollout.ts';
import { backWords, leftWords } from '../domain/stop-words.ts';
import { isWorkloadRef, type Workload, workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';
import { explainFailingPods } from './writers/explain-failing-pods.ts';
import { giveBack, hasRest } from './writers/give-back.ts';
import { patchFresh } from './writers/patch-object.ts';
import { failureOf } from './writers/rollout.ts';
import type { Stop } from './writers/stop-objects.ts';

declare const resumed: unique symbol;

/** Evidence that everything has its earlier state back and rolled out. */
export interface ResumedWorkload {
  readonly [resumed]: true;
  readonly pods: readonly Pod[];
}

export interface ResumeOptions {
  readonly claim: ClaimRef;
  readonly stopped: readonly Stop[];
  readonly timeoutSeconds: number;
  /** Asked on a terminal when the budget ends with the app still starting; absent elsewhere. */
  readonly askSlow?: (what: string) => Promise<'wait' | 'leave' | 'stop'>;
  /** With the object as it is then. */
  readonly onResumed: (stop: Stop, now: ClusterObject) => void;
  /** What waited for the rollout stands again too, and the record is gone. */
  readonly onRestGiven: (stop: Stop) => void;
  readonly onStoppedAgain: (stop: Stop) => void;
  /** `--record-logs`. */
  readonly recordedLogLines: number;
  readonly onDiagnostics: (lines: readonly string[]) => void;
}

export async function resumeWorkload(run: Run, options: ResumeOptions): Promise<ResumedWorkload> {
  const { stopped } = options;
  for (const one of stopped.toReversed()) {
    run.signal.throwIfAborted();
    options.onResumed(one, await resumeOne(run, one));
  }
  await awaitRollout(run, options);
  for (const one of stopped.filter(hasRest)) {
    await giveBack(run, one, 'rest');
    options.onRestGiven(one);
  }
  const pods = await podsOf(run, await workloadsOf(run, stopped));
  return { pods } as unknown as ResumedWorkload;
}

/**
 * Keeps the failing pods' last words, then stops everything again with the record that `cleanup --resume` needs. Says
 * how that went: it never hides the failure that led here.
 */
export async function backToZero(run: Run, options: ResumeOptions): Promise<string> {
  const pods = await podsOf(run, await workloadsOf(run, options.stopped)).catch(() => []);
  await explainFailingPods(run, { pods, ...options });
  const said: string[] = [];
  for (const one of options.stopped) {
    const { words } = leverOf(one);
    try {
      await patchFresh(run, one, (now) =>
        merged(stopPatch(fieldsOf(now)), recordPatch(now, { ...one, run: run.id, claim: options.claim })),
      );
      options.onStoppedAgain(one);
      said.push(`${workloadName(one)} is ${words === 'replicas' ? 'back at 0' : `${words.stopped} again`}`);
    } catch (error) {
      const what = words === 'replicas' ? 'scaled back to 0' : words.stopped;
      said.push(`${workloadName(one)} could NOT be ${what}: ${messageOf(error)}`);
    }
  }
  return said.join(', ');
}

async function resumeOne(run: Run, one: Stop): Promise<ClusterObject> {
  try {
    const { now, isLeft } = await giveBack(run, one, 'before-rollout');
    if (isLeft) run.reporter.warn(leftWords(now, one.resumeTo));
    else {
      run.reporter.info(backWords(now, one.resumeTo));
      const caughtUp = catchUpWords(now, one.resumeTo);
      if (caughtUp !== undefined) run.reporter.info(caughtUp);
    }
    return now;
  } catch (cause) {
    const count = replicasIn(one.resumeTo);
    const what = count === undefined ? 'given back what it had' : `scaled back to ${count}`;
    throw new RunbookError(
      'resume-failed',
      `${workloadName(one)} could not be ${what}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function awaitRollout(run: Run, options: ResumeOptions): Promise<void> {
  const { stopped, timeoutSeconds, askSlow } = options;
  let waitingFor = '';
  const look = async (): Promise<true | undefined> => {
    const found = await workloadsOf(run, stopped);
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

/** Those of the stopped that are workloads, as they are now. */
async function workloadsOf(run: Run, stopped: readonly Stop[]): Promise<readonly Workload[]> {
  const read = stopped.filter(isWorkloadRef).map((one) => run.cluster.workloads.read(one));
  return (await Promise.all(read)).filter((found) => found !== undefined);
}

async function podsOf(run: Run, workloads: readonly Workload[]): Promise<readonly Pod[]> {
  const found = await Promise.all(
    workloads.map(({ namespace, selector }) =>
      selector === undefined ? [] : run.cluster.pods.list(namespace, selector),
    ),
  );
  return found.flat();
}
