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
import { earlierOf, replicasFor } from '../domain/earlier-state.ts';
import type { Lever } from '../domain/lever.ts';
import { leverOf } from '../domain/levers.ts';
import type { Pod } from '../domain/pod.ts';
import { wasStopped } from '../domain/stop-words.ts';
import type { Workload } from '../domain/workload.ts';
import { halfWrittenUses, refuseUses, useWords } from './guard/half-written-beside.ts';
import { checkOtherRuns, type OtherClaim } from './guard/other-runs.ts';
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
import { toStop } from './writers/stop-objects.ts';
import { unremovableRevisions } from './writers/stopped-revisions.ts';

export interface PreconditionRequest extends WriterRequest {
  readonly target: ClaimRef;
  readonly keepers: KeeperWish;
  /** With `--hold`, what a held run has stopped for another claim may be taken over. */
  readonly hold: boolean;
  /** `--replicas`. */
  readonly replicas: number | undefined;
}

export interface Target extends Pick<FoundWriters, 'workloads' | 'barePods' | 'losses'> {
  readonly claim: Claim;
  /** What step 2 changes, in its order: what would put a workload back, then the workloads. */
  readonly stops: readonly ClusterObject[];
  /** NKVM's backup pods and restore pods of dead runs: they must be gone before step 3. */
  readonly lingering: readonly Pod[];
  /** Where the writers ran, if they did. */
  readonly nodeBefore?: string;
  /** The lock of a run that was seen to be dead, as it was then: this run takes it over. */
  readonly deadLock?: Lease;
  /** Those for which dead runs have stopped what this one stops: their locks are taken over too. */
  readonly otherClaims: readonly OtherClaim[];
  /** All pods of the namespace. */
  readonly pods: readonly Pod[];
  /** Said in the plan, and in the record: what is there and need not be changed. */
  readonly notes: readonly string[];
  /** Said in the plan; the losses are among them. */
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
  const writers = checkWriters(request, { claim, pods, workloads });
  const { stops, barePods, backupPods } = writers;
  const kinds = kindsOf(stops);
  await requirePermissions(cluster, namespace, [...stopPermissions(kinds), ...watchPermissions(kinds)]);
  const keepers = await findKeepers(run, { claim, workloads: stops }, request.keepers);
  const stopped = [...keepers.active.map(({ object }) => object), ...stops];
  refuseUnreadable(stopped);
  const otherClaims = await checkOtherRuns(run, { claim, hold: request.hold, stops: stopped });
  const beside = await checkBeside(run, claim, { ...request, workloads: writers.workloads, stops: stopped });
  const nodeBefore = applicationPods(claim.name, pods)[0]?.node;
  return {
    claim,
    workloads: writers.workloads,
    stops: stopped,
    barePods,
    losses: writers.losses,
    lingering: [...backupPods, ...podsOfOthers(run, claim, pods)],
    ...(deadLock && { deadLock }),
    otherClaims,
    ...(nodeBefore !== undefined && { nodeBefore }),
    pods,
    notes: [...keepers.notes, ...stopped.flatMap(catchUpNote)],
    warnings: [
      ...writers.losses,
      ...writers.warnings,
      ...keepers.warnings,
      ...beside,
      ...(await unremovableRevisions(run, stops)),
      ...unseen.map((permission) => `you may not ${permission}: diagnostics will lack it`),
    ],
  };
}

interface BesideRequest extends Pick<PreconditionRequest, 'hold' | 'replicas'> {
  readonly workloads: readonly Workload[];
  readonly stops: readonly ClusterObject[];
}

/** A claim that another restore has left half-written must not come back into use. With `--hold` it does not yet. */
async function checkBeside(
  run: Run,
  claim: Claim,
  { hold, replicas, workloads, stops }: BesideRequest,
): Promise<readonly string[]> {
  const starting = workloads.filter(({ object }) => {
    const resumeTo = replicasFor(object, { stops, replicas });
    return !wasStopped(toStop(run, object, resumeTo).resumeTo);
  });
  const uses = await halfWrittenUses(run, claim.namespace, starting);
  const beside = uses.filter((use) => use.claim.name !== claim.name);
  if (!hold) refuseUses(run, beside);
  return beside.map((use) => `${useWords(use)}: restore all of that too with --hold before you continue`);
}

function catchUpNote(object: ClusterObject): readonly string[] {
  const words = catchUpWords(object, earlierOf(object));
  return words === undefined ? [] : [words];
}

function kindsOf(stopped: readonly { readonly kind: string }[]): readonly Lever[] {
  return [...new Set(stopped.map(leverOf))];
}
