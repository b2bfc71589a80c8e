/** The locks under which `cleanup` changes what a run left: those of all claims that the run was at work on. */
import type { Claim } from '../../domain/claim.ts';
import { versionOf } from '../../domain/claim-lock.ts';
import { annotations, component, labels } from '../../domain/names.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import { withLock } from '../guard/take-lock.ts';
import type { Run } from '../run.ts';
import type { CleanupRequest, JudgedRun } from './clean-up-runs.ts';

/** Runs `work` with all of them. Throws `run-in-progress` when another run has one. */
export async function underLocks<T>(
  run: Run,
  one: JudgedRun,
  request: CleanupRequest,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { operator, host, resume, force } = request;
  // The lock of a run that stays held is all that keeps others from its claim.
  const staysHeld = one.state === 'held' && !resume;
  const claims = staysHeld && one.pods.length === 0 ? [] : await claimsOf(run, one);
  const seen = new Set(one.locks.map(versionOf));
  return claims.reduceRight<(locked: Run) => Promise<T>>(
    (next, claim) => (outer) =>
      withLock(
        outer,
        {
          ...{ claim, operator, host },
          mayTake: (lease) => lease.holder === one.run && (force || seen.has(versionOf(lease))),
        },
        next,
      ),
    work,
  )(run);
}

/** Those that are still there: a lock goes with its claim. In one order for all, so that no two wait for each other. */
async function claimsOf({ cluster }: Run, one: JudgedRun): Promise<readonly Claim[]> {
  const { namespace, pods, locks, stopped } = one;
  const restoring = pods.filter((pod) => pod.labels[labels.component] === component.restore);
  const names = new Set([
    ...[...restoring, ...locks].map((object) => object.annotations[annotations.claim] ?? ''),
    ...stopped.map((object) => quiesceRecord(object)?.claim.name ?? ''),
  ]);
  const found = await Promise.all(
    [...names]
      .filter((name) => name !== '')
      .sort()
      .map((name) => cluster.claims.read({ namespace, name })),
  );
  return found.filter((claim) => claim !== undefined);
}
