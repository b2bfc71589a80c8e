/**
 * Runbook step 5.3 and 5.4: Resume workload, and verify its readiness.
 *
 * Invariant: each object gets exactly what was recorded before step 2, in the reverse order, and the record is taken off
 * in the same patch. What somebody else changed or deleted meanwhile is left as it is, and said.
 * An application that fails goes back to 0 at once, its last words kept; one that is merely slow is the operator's
 * decision. Failure signals: `resume-failed`, `app-failed`, `app-not-ready`.
 */

import { catchUpWords } from '../domain/catch-up.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { type ClusterObject, merged } from '../domain/cluster-object.ts';
import { earlierAgain } from '../domain/earlier-state.ts';
import { fieldsOf, replicasIn, stopPatch } from '../domain/field-values.ts';
import { leverOf } from '../domain/levers.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Pod } from '../domain/pod.ts';
import { recordPatch } from '../domain/quiesce-record.ts';
import { rolledOut, settlingSeconds } from '../domain/rollout.ts';
import { backWords, leftWords, stoppedAgainWords } from '../domain/stop-words.ts';
import { isWorkloadRef, type Workload, workloadName } from '../domain/workload.ts';
import { type FailureCode, RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import { keyOf } from './run-state.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';
import { explainFailingPods } from './writers/explain-failing-pods.ts';
import { giveBack, hasRest } from './writers/give-back.ts';
import { patchFresh } from './writers/patch-object.ts';
import { readWorkloads } from './writers/read-workloads.ts';
import { failureOf, podsOf } from './writers/rollout.ts';
import { stopStartedJobs } from './writers/started-jobs.ts';
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
  /** Somebody has deleted it. */
  readonly onGone: (stop: Stop) => void;
  /** What waited for the rollout stands again too, and the record is gone. */
  readonly onRestGiven: (stop: Stop) => void;
  /** With what somebody else has changed since the resume as its earlier state. */
  readonly onStoppedAgain: (stop: Stop) => void;
  /** `--stop-jobs`: what CronJobs have started since the resume is suspended, when the application fails. */
  readonly stopJobs: boolean;
  /** Called before that. */
  readonly onStopping: (stop: Stop) => void;
  readonly onRefused: (stop: Stop) => void;
  /** `--record-logs`. */
  readonly recordedLogLines: number;
  readonly onDiagnostics: (lines: readonly string[]) => void;
}

export async function resumeWorkload(run: Run, options: ResumeOptions): Promise<ResumedWorkload> {
  const { stopped } = options;
  const up: Stop[] = [];
  for (const one of stopped.toReversed()) {
    run.signal.throwIfAborted();
    const now = await resumeOne(run, one);
    if (now === undefined) options.onGone(one);
    else {
      options.onResumed(one, now);
      up.push(one);
    }
  }
  await awaitRollout(run, options);
  for (const one of stopped.filter(hasRest)) {
    await giveBack(run, one, 'rest');
    options.onRestGiven(one);
  }
  const found = await readWorkloads(run, stopped);
  const gone = up.filter(isWorkloadRef).filter((one) => !found.some((other) => keyOf(other) === keyOf(one)));
  for (const one of gone) options.onGone(one);
  const pods = await allPodsOf(run, found);
  return { pods } as unknown as ResumedWorkload;
}

export interface BackAtZero {
  readonly said: string;
  /** Commands for what is not stopped. */
  readonly next: readonly string[];
}

/**
 * Keeps the failing pods' last words, then stops everything again with the record that `cleanup --resume` needs. Says
 * how that went: it never hides the failure that led here.
 */
export async function backToZero(run: Run, options: ResumeOptions): Promise<BackAtZero> {
  const pods = await allPodsOf(run, await readWorkloads(run, options.stopped)).catch(() => []);
  await explainFailingPods(run, { pods, ...options });
  const said: string[] = [];
  for (const one of options.stopped) {
    const { words } = leverOf(one);
    try {
      let { earlier } = one;
      const stopped = await patchFresh(run, one, (now) => {
        earlier = earlierAgain(now, one);
        const record = { run: run.id, claim: options.claim, earlier };
        return merged(stopPatch(fieldsOf(now)), recordPatch(now, record));
      });
      if (stopped === undefined) {
        options.onGone(one);
        continue;
      }
      options.onStoppedAgain({ ...one, earlier });
      said.push(stoppedAgainWords(one, earlier));
    } catch (error) {
      const what = words === 'replicas' ? 'scaled back to 0' : words.stopped;
      said.push(`${workloadName(one)} could NOT be ${what}: ${messageOf(error)}`);
    }
  }
  const jobs = await stopStartedJobs(run, options);
  return { said: [...said, ...jobs.said].join(', '), next: jobs.next };
}

/** Undefined when it is gone. */
async function resumeOne(run: Run, one: Stop): Promise<ClusterObject | undefined> {
  try {
    const given = await giveBack(run, one, 'before-rollout');
    if (given === undefined) return undefined;
    const { now, isLeft } = given;
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
  const { stopped, askSlow } = options;
  const settling = Math.max(0, ...(await readWorkloads(run, stopped)).map(settlingSeconds));
  const timeoutSeconds = options.timeoutSeconds + settling;
  let waitingFor = '';
  const failed = async (code: FailureCode, what: string): Promise<RunbookError> => {
    const { said, next } = await backToZero(run, options);
    return new RunbookError(code, `${what}; ${said}`, { next });
  };
  const look = async (): Promise<true | undefined> => {
    const found = await readWorkloads(run, stopped);
    const failure = await failureOf(run, found);
    if (failure !== undefined) throw await failed('app-failed', failure);
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
    const more = settling === 0 ? '' : `, ${settling} of them for minReadySeconds`;
    const what = `still starting, not failed, after ${timeoutSeconds} s${more}: ${waitingFor}`;
    if (answer === 'leave') throw new RunbookError('app-not-ready', `${what}; left running`);
    throw await failed('app-not-ready', what);
  }
}

async function allPodsOf(run: Run, workloads: readonly Workload[]): Promise<readonly Pod[]> {
  const found = await Promise.all(workloads.map((workload) => podsOf(run, workload)));
  return found.flat();
}
