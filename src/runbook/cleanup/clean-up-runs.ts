/**
 * `cleanup`: what earlier runs left. Restore pods and locks of dead runs go; recorded states are given back only with
 * `--resume`, and a record is never removed without restoring it. Live and held runs are listed and not touched,
 * unless named (held) or forced (live). What is changed is changed under the locks of the run's claims: of two
 * clean-ups, or a clean-up and a restore, one goes on.
 */

import { lockSeconds } from '../../domain/claim-lock.ts';
import type { RunId } from '../../domain/run.ts';
import { RunbookError } from '../failure-matrix.ts';
import { observe } from '../guard/observe.ts';
import type { Run } from '../run.ts';
import { warnOfOtherCopies } from '../safety/safety-leftovers.ts';
import { cleanRun } from './clean-run.ts';
import { underLocks } from './clean-up-locks.ts';
import {
  type ForeignLeftover,
  findLeftovers,
  findTraces,
  type LeftoverRun,
  signOf,
} from './find-leftovers.ts';

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
  /** Where this machine's records and safety copies are. */
  readonly stateFolder: string;
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
  await warnOfOtherCopies(run, runs, request.stateFolder);
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
    const isEmptied = one.stopped.length === 0;
    const words = isEmptied ? ['cleanup', one.run, '--resume'] : ['restore', '--continue', one.run];
    return {
      skipped: isEmptied ? 'it is held, and holds nothing any more' : 'it is held',
      next: [run.command(...words, '-n', one.namespace)],
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
