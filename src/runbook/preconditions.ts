/**
 * The runbook's Preconditions: everything that can be known without changing anything, in seconds.
 * Guarantees that steps 2 to 6 are allowed, that the claim can take data, that no other run is at work on it, and
 * that every writer is one that step 2 can stop and step 5 bring back. Reads only.
 */

import { catchUpWords } from '../domain/catch-up.ts';
import type { Claim, ClaimRef } from '../domain/claim.ts';
import type { Lease } from '../domain/claim-lock.ts';
import { applicationPods } from '../domain/claim-model.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { fieldsOf } from '../domain/field-values.ts';
import type { Lever } from '../domain/lever.ts';
import { leverOf } from '../domain/levers.ts';
import type { Pod } from '../domain/pod.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { findDeadLock, podsOfOthers } from './guard/take-lock.ts';
import { findKeepers, type KeeperWish } from './keepers/find-keepers.ts';
import {
  missingPermissions,
  optionalPermissions,
  requiredPermissions,
  requirePermissions,
  stopPermissions,
  watchPermissions,
} from './permissions.ts';
import { readClaim } from './read-claim.ts';
import type { Run } from './run.ts';
import { checkWriters, type FoundWriters, type WriterRequest } from './writers/check-writers.ts';
import { refuseUnreadable } from './writers/refuse-unreadable.ts';
import { unremovableRevisions } from './writers/stopped-revisions.ts';

export interface PreconditionRequest extends WriterRequest {
  readonly target: ClaimRef;
  readonly keepers: KeeperWish;
}

export interface Target extends Pick<FoundWriters, 'workloads' | 'barePods'> {
  readonly claim: Claim;
  /** What step 2 changes, in its order: what would put a workload back, then the workloads. */
  readonly stops: readonly ClusterObject[];
  /** NKVM's backup pods and restore pods of dead runs: they must be gone before step 3. */
  readonly lingering: readonly Pod[];
  /** Where the writers ran, if they did. */
  readonly nodeBefore?: string;
  /** The lock of a run that was seen to be dead, as it was then: this run takes it over. */
  readonly deadLock?: Lease;
  /** All pods of the namespace. */
  readonly pods: readonly Pod[];
  /** Said in the plan, and in the record: what is there and need not be changed. */
  readonly notes: readonly string[];
  /** Said in the plan. */
  readonly warnings: readonly string[];
}

export async function checkPreconditions(run: Run, request: PreconditionRequest): Promise<Target> {
  const { cluster } = run;
  const { namespace } = request.target;
  await requirePermissions(cluster, namespace, requiredPermissions);
  const claim = await readClaim(run, request.target, { toWrite: true });
  const deadLock = await findDeadLock(run, claim);
  const [pods, workloads, unseen] = await Promise.all([
    cluster.pods.list(namespace),
    cluster.workloads.list(namespace),
    missingPermissions(cluster, namespace, optionalPermissions),
  ]);
  const writers = await checkWriters(run, request, { claim, pods, workloads });
  const { stops, barePods, backupPods } = writers;
  const kinds = kindsOf(stops);
  await requirePermissions(cluster, namespace, [...stopPermissions(kinds), ...watchPermissions(kinds)]);
  const keepers = await findKeepers(run, { claim, workloads: stops }, request.keepers);
  const stopped = [...keepers.active.map(({ object }) => object), ...stops];
  refuseUnreadable(stopped);
  const nodeBefore = applicationPods(claim.name, pods)[0]?.node;
  return {
    claim,
    workloads: writers.workloads,
    stops: stopped,
    barePods,
    lingering: [...backupPods, ...podsOfOthers(run, claim, pods)],
    ...(deadLock && { deadLock }),
    ...(nodeBefore !== undefined && { nodeBefore }),
    pods,
    notes: [...keepers.notes, ...stopped.flatMap(catchUpNote)],
    warnings: [
      ...writers.warnings,
      ...keepers.warnings,
      ...(await unremovableRevisions(run, stops)),
      ...unseen.map((permission) => `you may not ${permission}: diagnostics will lack it`),
    ],
  };
}

function catchUpNote(object: ClusterObject): readonly string[] {
  const words = catchUpWords(object, quiesceRecord(object)?.earlier ?? fieldsOf(object));
  return words === undefined ? [] : [words];
}

function kindsOf(stopped: readonly { readonly kind: string }[]): readonly Lever[] {
  return [...new Set(stopped.map(leverOf))];
}
