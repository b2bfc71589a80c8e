/**
 * Taking the lock of a claim. Guarantees that of several who want it exactly one gets it; that one who is alive keeps
 * it, and the others are told at once who, from where and since when; that a dead one blocks for `lockSeconds` at most;
 * and that what it left in the cluster cannot write any more.
 */
import { isStatus } from '../../cluster/connection-error.ts';
import type { Claim } from '../../domain/claim.ts';
import {
  type Holder,
  type Holding,
  heldFields,
  holderOf,
  holderText,
  type Lease,
  type LockedClaim,
  lockName,
  lockSeconds,
  newLock,
  nextTransitions,
  versionOf,
} from '../../domain/claim-lock.ts';
import { messageOf } from '../../domain/message-of.ts';
import { component, labels } from '../../domain/names.ts';
import { holdsItsClaims, type Pod } from '../../domain/pod.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { cleanUp } from '../step6-clean-up.ts';
import { ClaimLock, type LockedRun, momentOf } from './claim-lock.ts';
import { holdingRuns } from './emptied-holds.ts';
import { lockedByNoRun } from './foreign-lock.ts';
import { guardedCluster } from './guarded-cluster.ts';
import { observe } from './observe.ts';

export interface LockRequest {
  readonly claim: LockedClaim;
  readonly operator: string;
  readonly host: string;
  /** Whether this lease may be taken over without looking whether its holder lives: it was seen dead, or is meant. */
  readonly mayTake: (lease: Lease) => boolean;
}

/** Runs `work` with the lock, which is released whatever happens, unless `work` has made it a held one. */
export async function withLock<T>(
  run: Run,
  request: LockRequest,
  work: (run: LockedRun) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(run, request);
  const locked: LockedRun = {
    ...run,
    lock,
    cluster: guardedCluster(run.cluster, lock),
    signal: AbortSignal.any([run.signal, lock.lost]),
  };
  try {
    return await work(locked);
  } finally {
    await lock.release();
  }
}

/** With its own lock and those of `others`, each as `withLock` has it. */
export function withLocks<T>(
  run: Run,
  { own, others }: { readonly own: LockRequest; readonly others: readonly LockRequest[] },
  work: (run: LockedRun) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = others;
  if (first === undefined) return withLock(run, own, work);
  return withLock(run, first, (locked) => withLocks(locked, { own, others: rest }, work));
}

/**
 * For the preconditions: the lock of a run that is seen to be dead, undefined where there is none. Throws
 * `run-in-progress` when a run lives or is held.
 */
export async function findDeadLock(run: Run, claim: Claim): Promise<Lease | undefined> {
  const found = await run.cluster.leases.read(leaseOf(claim));
  if (found !== undefined) await refuseLiving(run, claim, found);
  return found;
}

async function takeLock(run: Run, request: LockRequest): Promise<ClaimLock> {
  const { claim, operator, host, mayTake } = request;
  const { leases } = run.cluster;
  const holding: Holding = { run: run.id, operator, host };
  let dead: string | undefined;
  for (;;) {
    const found = await leases.read(leaseOf(claim));
    if (found !== undefined && !mayTake(found) && versionOf(found) !== dead) {
      await refuseLiving(run, claim, found);
      dead = versionOf(found);
      continue;
    }
    const taken = momentOf(run);
    const now = run.cluster.now();
    try {
      const lease =
        found === undefined
          ? await leases.create(claim.namespace, newLock(claim, holding, now))
          : await leases.patch(found, heldFields(holding, now, nextTransitions(found)));
      if (found !== undefined && found.holder !== run.id)
        run.reporter.info(`the lock of ${claim.name} is taken over from ${holderText(holderOf(found))}`);
      return new ClaimLock(run, lease, taken);
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
      // Somebody was faster, a moment ago: they are alive.
      const winner = await leases.read(leaseOf(claim));
      if (winner !== undefined) throw inProgress(run, claim, holderOf(winner));
    }
  }
}

/** Throws when the lease's run is alive or held, or was alive until a moment ago; returns when it is dead. */
async function refuseLiving(run: Run, claim: LockedClaim, lease: Lease): Promise<void> {
  const holder = holderOf(lease);
  if (holder.heldSince !== undefined) throw await heldBy(run, claim, holder);
  run.reporter.info(
    `${claim.name} is locked by ${holderText(holder)}: waiting at most ${lockSeconds} s to see whether it is alive`,
  );
  let now: Lease | undefined = lease;
  const sign = () => new Map(now ? [[now.name, versionOf(now)]] : []);
  const { dead } = await observe(run, sign(), async () => {
    now = await run.cluster.leases.read(lease);
    return sign();
  });
  if (dead.size === 0) throw inProgress(run, claim, now ? holderOf(now) : holder);
}

function leaseOf(claim: LockedClaim) {
  return { namespace: claim.namespace, name: lockName(claim) };
}

async function heldBy(run: Run, claim: LockedClaim, holder: Holder): Promise<RunbookError> {
  const { namespace, name } = claim;
  if (holder.run === undefined) return lockedByNoRun(claim);
  const isEmptied = !(await holdingRuns(run, namespace)).has(holder.run);
  const resume = run.command('cleanup', holder.run, '--resume', '-n', namespace);
  const goOn = run.command('restore', '--continue', holder.run, '-n', namespace);
  return new RunbookError(
    'run-in-progress',
    `persistentvolumeclaim/${name} is held by ${holderText(holder)}${isEmptied ? '; what it had stopped was taken over or given back' : ''}`,
    { next: isEmptied ? [resume] : [goOn, resume] },
  );
}

function inProgress({ command }: Run, claim: LockedClaim, holder: Holder): RunbookError {
  const { namespace, name } = claim;
  if (holder.run === undefined) return lockedByNoRun(claim);
  return new RunbookError(
    'run-in-progress',
    `persistentvolumeclaim/${name} is locked by ${holderText(holder)}`,
    { next: [command('cleanup', holder.run, '-n', namespace)] },
  );
}

/** The restore pods that other runs have left with the claim. */
export function podsOfOthers({ id }: Run, claim: LockedClaim, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(
    (pod) =>
      pod.labels[labels.claimUid] === claim.uid &&
      pod.labels[labels.component] === component.restore &&
      pod.labels[labels.run] !== id &&
      holdsItsClaims(pod),
  );
}

/** Removes them and waits until they are gone: the lock is ours, so their runs are dead, but their pods may write. */
export async function removeDeadPods(run: LockedRun, claim: LockedClaim): Promise<void> {
  for (const pod of podsOfOthers(run, claim, await run.cluster.pods.list(claim.namespace))) {
    run.reporter.info(`pod/${pod.name} of a dead run is removed`);
    await cleanUp(run, pod).catch((cause: unknown) => {
      run.signal.throwIfAborted();
      throw new RunbookError('writers-not-stopped', messageOf(cause), { cause });
    });
  }
}
