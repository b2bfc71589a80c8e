/**
 * `cleanup`: what earlier runs left. Restore pods and locks of dead runs go; recorded states are given back only with
 * `--resume`, and a record is never removed without restoring it. Live and held runs are listed and not touched,
 * unless named (held) or forced (live). What is changed is changed under the locks of the run's claims: of two
 * clean-ups, or a clean-up and a restore, one goes on.
 */

import { halfWritten } from '../domain/claim.ts';
import { lockSeconds } from '../domain/claim-lock.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import type { RunId } from '../domain/run.ts';
import { backWords, leftWords, plannedWords, staysWords } from '../domain/stop-words.ts';
import { underLocks } from './clean-up-locks.ts';
import { RunbookError } from './failure-matrix.ts';
import {
  type ForeignLeftover,
  findLeftovers,
  findTraces,
  type LeftoverRun,
  signOf,
} from './find-leftovers.ts';
import { giveBack } from './give-back.ts';
import { observe } from './observe.ts';
import type { Run } from './run.ts';
import { cleanUp } from './step6-clean-up.ts';
import { recordedStop } from './stop-objects.ts';

export interface CleanupRequest {
  /** Undefined for all namespaces. */
  readonly namespace?: string;
  readonly runs: readonly RunId[];
  readonly olderThanSeconds: number;
  readonly resume: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly operator: string;
  readonly host: string;
}

export interface JudgedRun extends LeftoverRun {
  readonly state: 'dead' | 'live' | 'held';
}

export interface CleanedRun extends JudgedRun {
  readonly actions: readonly string[];
  /** Why it was not touched. */
  readonly skipped?: string;
  /** What to type for what is left. */
  readonly next: readonly string[];
  readonly failed: readonly string[];
}

export interface Cleaned {
  readonly runs: readonly CleanedRun[];
  /** Empty when runs were named. */
  readonly foreign: readonly ForeignLeftover[];
}

export async function cleanUpRuns(run: Run, request: CleanupRequest): Promise<Cleaned> {
  const { runs, foreign } = await findLeftovers(run, request.namespace);
  const wanted = runs.filter((one) => request.runs.length === 0 || request.runs.includes(one.run));
  for (const id of request.runs.filter((named) => !runs.some((one) => one.run === named))) {
    run.reporter.warn(`run ${id} has left nothing in ${placeOf(request)}`);
  }
  const cleaned: CleanedRun[] = [];
  for (const one of await judge(run, wanted, request)) {
    const skipped = reasonToSkip(run, one, request);
    cleaned.push(
      skipped === undefined
        ? await cleanJudged(run, one, request)
        : { ...one, actions: [], failed: [], ...skipped },
    );
  }
  return { runs: cleaned, foreign: request.runs.length === 0 ? foreign : [] };
}

function placeOf({ namespace }: CleanupRequest): string {
  return namespace === undefined ? 'any namespace' : `namespace ${namespace}`;
}

/** Looks at all of them at once. With --force nobody is asked whether they live. */
async function judge(
  run: Run,
  found: readonly LeftoverRun[],
  { namespace, force }: CleanupRequest,
): Promise<readonly JudgedRun[]> {
  const asked = found.filter(({ sign }) => sign !== undefined);
  const keyOf = (one: LeftoverRun): string => `${one.namespace}/${one.run}`;
  let dead: ReadonlySet<string> = new Set();
  if (asked.length > 0 && !force) {
    const names = asked.map((one) => one.run).join(', ');
    run.reporter.info(`waiting at most ${lockSeconds} s to see whether ${names} is alive`);
    const look = async (): Promise<ReadonlyMap<string, string>> => {
      const traces = await findTraces(run, namespace);
      return new Map(asked.map((one) => [keyOf(one), signOf(one, traces) ?? 'gone']));
    };
    const first = new Map(asked.map((one) => [keyOf(one), one.sign ?? '']));
    ({ dead } = await observe(run, first, look));
  }
  return found.map((one) => {
    const mayLive = one.sign !== undefined && !dead.has(keyOf(one));
    return { ...one, state: mayLive ? 'live' : one.isHeld ? 'held' : 'dead' };
  });
}

function reasonToSkip(
  run: Run,
  one: JudgedRun,
  request: CleanupRequest,
): { skipped: string; next: string[] } | undefined {
  if (one.state === 'live' && !request.force) {
    const { operator = 'unknown', host = 'unknown', since } = one;
    const skipped = `it is live: by ${operator} on ${host}, since ${since}`;
    return { skipped, next: [run.command('cleanup', one.run, '--force', '-n', one.namespace)] };
  }
  if (one.state === 'held' && !request.runs.includes(one.run)) {
    return {
      skipped: 'it is held',
      next: [run.command('restore', '--continue', one.run, '-n', one.namespace)],
    };
  }
  const ageSeconds = Math.max(0, (run.cluster.now().getTime() - Date.parse(one.lastSeen)) / 1000);
  if (ageSeconds < request.olderThanSeconds)
    return { skipped: `it is only ${Math.round(ageSeconds)} s old`, next: [] };
  return undefined;
}

/** What there is when the locks are ours: another clean-up may have been faster. */
async function cleanJudged(run: Run, one: JudgedRun, request: CleanupRequest): Promise<CleanedRun> {
  if (request.dryRun) return cleanRun(run, one, request);
  try {
    return await underLocks(run, one, request, async (locked) => {
      const { runs } = await findLeftovers(locked, one.namespace);
      const now = runs.find((other) => other.run === one.run);
      const { pods = [], stopped = [] } = now ?? {};
      return cleanRun(locked, { ...one, pods, stopped }, request);
    });
  } catch (error) {
    if (!(error instanceof RunbookError) || error.code !== 'run-in-progress') throw error;
    return { ...one, actions: [], failed: [], skipped: error.message, next: error.next };
  }
}

async function cleanRun(run: Run, one: JudgedRun, { resume, dryRun }: CleanupRequest): Promise<CleanedRun> {
  const actions: string[] = [];
  const failed: string[] = [];
  /** A change may say what it came to instead. */
  const attempt = async (action: string, change: () => Promise<string | undefined>): Promise<void> => {
    try {
      actions.push((dryRun ? undefined : await change()) ?? action);
    } catch (error) {
      run.signal.throwIfAborted();
      run.reporter.warn(String(error));
      failed.push(action);
    }
  };
  for (const pod of one.pods) {
    await attempt(`pod/${pod.name} deleted`, async () => {
      await cleanUp(run, pod);
      return undefined;
    });
  }
  const owner = { ...run, id: one.run };
  if (resume) await warnHalfWritten(run, one);
  for (const object of resume && failed.length === 0 ? one.stopped.toReversed() : []) {
    const stop = recordedStop(object);
    await attempt(plannedWords(object, stop.earlier), async () => {
      const { now, isLeft } = await giveBack(owner, stop, 'all');
      return isLeft ? leftWords(now, stop.earlier) : backWords(now, stop.earlier);
    });
  }
  // They go with the release of the locks; those of what stays held stay.
  const goes = resume || one.state !== 'held' ? one.locks : [];
  actions.push(...goes.map(({ name }) => `lease/${name} deleted`));
  const left = resume ? [] : one.stopped;
  const next = left.length === 0 ? [] : [run.command('cleanup', one.run, '--resume', '-n', one.namespace)];
  for (const object of left) run.reporter.info(staysWords(object, recordedStop(object).earlier));
  return { ...one, actions, failed, next };
}

async function warnHalfWritten(
  { cluster, reporter }: Run,
  { namespace, stopped }: LeftoverRun,
): Promise<void> {
  for (const name of new Set(stopped.map((object) => quiesceRecord(object)?.claim.name ?? ''))) {
    const claim = await cluster.claims.read({ namespace, name });
    const mark = claim && halfWritten(claim);
    if (mark !== undefined)
      reporter.warn(`persistentvolumeclaim/${name} is half-written since ${mark.since} by run ${mark.run}`);
  }
}
