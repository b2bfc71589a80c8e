/**
 * Runs that are held for another claim, and whose workloads a later run has taken over and given back. There is nothing
 * left to continue, and a held lock does not expire: it would keep its claim for ever.
 */
import { type ClaimRef, isSameClaim } from '../../domain/claim.ts';
import { holderOf, type Lease, lockName } from '../../domain/claim-lock.ts';
import type { ObjectRef } from '../../domain/cluster-object.ts';
import { messageOf } from '../../domain/message-of.ts';
import { annotations } from '../../domain/names.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import type { RunId } from '../../domain/run.ts';
import { mountsClaim } from '../../domain/workload.ts';
import type { Run } from '../run.ts';
import { readWorkloads } from '../writers/read-workloads.ts';
import { stoppedObjects } from '../writers/stopped-objects.ts';

export interface GivenBackObjects {
  /** The claim of the run that has given them back. */
  readonly claim: ClaimRef;
  readonly stopped: readonly ObjectRef[];
}

/** Removes the locks of those runs. Never throws: what could not be done is said. */
export async function releaseEmptiedHolds(run: Run, given: GivenBackObjects): Promise<void> {
  const { cluster, reporter } = run;
  try {
    const locks = await heldBeside(run, given);
    if (locks.length === 0) return;
    const holding = await holdingRuns(run, given.claim.namespace);
    for (const lock of locks) {
      const { run: holder } = holderOf(lock);
      if (holder !== undefined && holding.has(holder)) continue;
      await cluster.leases.delete(lock);
      const claim = lock.annotations[annotations.claim] ?? lock.name;
      reporter.info(
        `the lock of ${claim}, held by run ${holder ?? 'unknown'}, is removed: all is given back`,
      );
    }
  } catch (error) {
    reporter.warn(`held locks of other claims could not be looked at: ${messageOf(error)}`);
  }
}

/** The runs in the namespace that something is still recorded of. */
export async function holdingRuns(run: Run, namespace: string): Promise<ReadonlySet<RunId>> {
  const records = (await stoppedObjects(run, namespace)).map(quiesceRecord);
  return new Set(records.flatMap((record) => record?.run ?? []));
}

/** The held locks of the other claims that these mount. */
async function heldBeside(run: Run, { claim, stopped }: GivenBackObjects): Promise<readonly Lease[]> {
  const { claims, leases } = run.cluster;
  const workloads = await readWorkloads(run, stopped);
  if (workloads.length === 0) return [];
  const { namespace } = claim;
  const beside = (await claims.list(namespace)).filter(
    (one) => !isSameClaim(one, claim) && workloads.some((workload) => mountsClaim(workload, one.name)),
  );
  const found = await Promise.all(beside.map((one) => leases.read({ namespace, name: lockName(one) })));
  return found.filter((lock) => lock !== undefined).filter((lock) => holderOf(lock).heldSince !== undefined);
}
