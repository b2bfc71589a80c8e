/**
 * How every run that changes something ends, whatever ended it: step 6, what the failure leaves, the record's last
 * word. The first failure is the one that is reported; a clean-up that fails beside it never replaces it.
 */
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { workloadName } from '../domain/workload.ts';
import type { RecordedError, RestoreRecord } from '../record/restore-record.ts';
import { failureMatrix, Interrupted, RunbookError } from './failure-matrix.ts';
import { isLockLost, type LockedRun } from './guard/claim-lock.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Run } from './run.ts';
import {
  compensate,
  isHalfWritten,
  nextCommands,
  type RunState,
  stillStopped,
  withHalfWrittenWarning,
} from './run-state.ts';
import { takeOffCopies } from './writers/copied-records.ts';
import { deletedPods } from './writers/deleted-pods.ts';
import { noteGone } from './writers/gone-objects.ts';
import { isConcluded, withOutcome } from './writers/recorded-stops.ts';
import type { Stop } from './writers/stop-objects.ts';
import { removeStoppedRevisions } from './writers/stopped-revisions.ts';

export interface Conclusion {
  readonly record: RestoreRecord;
  /** Undefined when all went well. */
  readonly error?: unknown;
}

export interface ConcludeParts {
  readonly record: IncidentRecord;
  readonly state: RunState;
  readonly done: 'restored' | 'held';
}

export async function conclude(
  run: LockedRun,
  parts: ConcludeParts,
  work: () => Promise<void>,
): Promise<Conclusion> {
  const { record, state, done } = parts;
  let error: unknown;
  try {
    await work();
  } catch (thrown) {
    error = (await lossOf(run)) ?? thrown;
  }
  const cleaned = await cleanUpAfter(run, parts, error);
  const next = [
    ...(isBeside(error) ? cleaned.map(withHalfWrittenWarning) : cleaned),
    ...putBack(parts, error),
    ...(error === undefined ? [] : noteDeletedPods(run, parts)),
  ];
  if (state.unfinishedCopy !== undefined) state.leftBehind.push(state.unfinishedCopy);
  if (!isLockLost(error)) noteOutcomes(parts);
  if (isHalfWritten(state) && !isLockLost(error)) noteMark(run, parts);
  if (error === undefined && state.leftBehind.length > 0) {
    error = new RunbookError('left-behind', `left on the cluster: ${state.leftBehind.join(', ')}`);
  }
  if (error instanceof RunbookError && next.length > 0) {
    error = new RunbookError(error.code, error.message, {
      cause: error.cause,
      next: [...error.next, ...next],
    });
  } else if (error instanceof Interrupted) {
    error = new Interrupted(`${error.message}; ${leftText(state)}`, error.exitCode, next);
  }
  // What was deleted meanwhile is held for nobody.
  const asked = done === 'held' && state.stopped.length === 0 ? 'restored' : done;
  const outcome = error === undefined ? asked : error instanceof Interrupted ? 'interrupted' : 'failed';
  const finished = await record.finish({
    outcome,
    leftBehind: state.leftBehind,
    ...(error !== undefined && { error: recordedError(error) }),
  });
  return { record: finished, ...(error !== undefined && { error }) };
}

/** How the volume as it was comes back, where the data that a failure leaves may be worse. */
function putBack({ record, state }: ConcludeParts, error: unknown): readonly string[] {
  const { safety } = record.current;
  const isOfData = error instanceof RunbookError ? failureMatrix[error.code].step <= 5 : !state.verified;
  if (error === undefined || isLockLost(error) || isBeside(error) || !state.writing || !isOfData) return [];
  if (safety === undefined || safety.kind === 'none') return [];
  const what =
    safety.kind === 'snapshot' ? `of ${safety.snapshot}: a new claim with the volume` : 'the volume';
  return [`${safety.restoreWith}   # ${what} as it was before this run`];
}

/** Another claim of the workloads is the half-written one: this run's own is whole. */
function isBeside(error: unknown): boolean {
  return error instanceof RunbookError && error.code === 'claim-half-written';
}

/** Whatever a step said of it: a run that has lost its lock ends because of that. */
async function lossOf({ lock }: LockedRun): Promise<unknown> {
  try {
    await lock.confirm();
    return undefined;
  } catch (error) {
    return isLockLost(error) ? error : undefined;
  }
}

async function cleanUpAfter(
  run: Run,
  { record, state }: ConcludeParts,
  error: unknown,
): Promise<readonly string[]> {
  if (isLockLost(error)) {
    run.reporter.info("nothing more is changed: what is on the cluster is the other run's");
    return [];
  }
  const step = { step: '6', heading: 'Cleanup', otherwise: 'left-behind' } as const;
  try {
    return await record.during(step, async () => {
      const onGone = (one: Stop): void => noteGone(run, { record, state }, one);
      const next = error === undefined ? [] : await compensate(run, state, onGone);
      if (error === undefined && state.leftBehind.length === 0)
        run.reporter.info('the restore pod is gone; nothing of this run is left to remove');
      const own: Run = { ...run, signal: new AbortController().signal };
      const hasStopped = (kind: string) => state.stopped.some((one) => one.kind === kind);
      if (hasStopped('Deployment')) await takeOffCopies(own, state.namespace);
      if (hasStopped('DaemonSet')) await removeStoppedRevisions(own, state.namespace);
      return next;
    });
  } catch (failed) {
    state.leftBehind.push(messageOf(failed));
    return nextCommands(run, state);
  }
}

/** It stays until a restore has passed: later restores, and those who would start the writers, go by it. */
function noteMark({ reporter }: Run, { record, state }: ConcludeParts): void {
  const claim = `persistentvolumeclaim/${record.current.claim.name}`;
  reporter.warn(
    `${claim} is half-written, and marked so: what mounts it must stay down until a restore has passed`,
  );
  state.leftBehind.push(`annotation ${annotations.halfWrittenSince} on ${claim}`);
}

/** They do not come back, whatever else does. Returns how to have them again. */
function noteDeletedPods({ reporter }: Run, { record, state }: ConcludeParts): readonly string[] {
  return deletedPods(record.current).map(({ name, create }) => {
    reporter.warn(`${name} was deleted, and does not come back by itself`);
    state.leftBehind.push(`${name} deleted`);
    return `${create}   # ${name}, which this run deleted${isHalfWritten(state) ? '; runs on half-written data' : ''}`;
  });
}

/** What no step has said yet: the state in which a failure left things. */
function noteOutcomes({ record, state }: ConcludeParts): void {
  const down = stillStopped(state);
  for (const one of state.stopped) {
    if (!isConcluded(record.current, one))
      record.note(withOutcome(record.current, one, down.includes(one) ? 'stopped' : one.found));
  }
}

function leftText(state: RunState): string {
  const { stopped, writing, verified, resuming, keepStopped } = state;
  if (resuming) {
    const down = stillStopped(state).map(workloadName);
    const up = stopped.map(workloadName).filter((name) => !down.includes(name));
    const stays = down.length === 0 ? '' : `, ${down.join(', ')} stays stopped`;
    return `${up.join(', ')} stays resumed, its rollout was not awaited${stays}`;
  }
  if (verified) return 'writers stay stopped, the data is verified';
  if (writing) return 'writers stay stopped, data may be half-written';
  if (stopped.length > 0 && keepStopped) return 'writers stay stopped, nothing was written';
  const down = stillStopped(state).map(workloadName);
  if (down.length > 0) return `nothing was written, ${down.join(', ')} could not be given back`;
  const half = state.wasHalfWritten ? '; the claim is half-written as before' : '';
  return `nothing was written, the workload has its earlier state back${half}`;
}

function recordedError(error: unknown): RecordedError {
  if (error instanceof Interrupted) {
    // Whoever was at the terminal may be gone with it.
    const next = error.next.length === 0 ? '' : `\nnext: ${error.next.join('\n      ')}`;
    return { code: 'interrupted', message: `${error.message}${next}` };
  }
  if (!(error instanceof RunbookError)) return { code: 'bug', message: messageOf(error) };
  const { step, action } = failureMatrix[error.code];
  return { code: error.code, step, message: error.message, action };
}
