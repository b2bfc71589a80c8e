/**
 * The runbook's Preconditions: everything that can be known without changing anything, in seconds.
 * Guarantees that steps 2 to 6 are allowed, that the claim can take data, that no other run is at work on it, and
 * that every writer is one that step 2 can stop and step 5 bring back. Reads only.
 */

import { type Claim, type ClaimRef, halfWritten } from '../domain/claim.ts';
import type { Lease } from '../domain/claim-lock.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { deletesClaims, fieldsOf } from '../domain/field-values.ts';
import { type Lever, leverOf } from '../domain/levers.ts';
import type { Pod } from '../domain/pod.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { replicasOf, type Workload, type WorkloadRef, workloadName } from '../domain/workload.ts';
import { findWriters, type Writers } from '../domain/writers.ts';
import { RunbookError } from './failure-matrix.ts';
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
import { findDeadLock, podsOfOthers } from './take-lock.ts';

export interface PreconditionRequest {
  readonly target: ClaimRef;
  /** `--workload`: exactly these are expected; empty for all that are found. */
  readonly expected: readonly WorkloadRef[];
  readonly retainClaims: boolean;
  /** With `--hold` a workload that another run holds for another of its claims may be taken over. */
  readonly hold: boolean;
}

export interface Target {
  readonly claim: Claim;
  /** Whatever starts pods with the claim, each the root of its owners. */
  readonly workloads: readonly Workload[];
  /** What step 2 changes, in its order: what would put a workload back, then the workloads. */
  readonly stops: readonly ClusterObject[];
  /** NKVM's backup pods and restore pods of dead runs: they must be gone before step 3. */
  readonly lingering: readonly Pod[];
  /** The lock of a run that was seen to be dead, as it was then: this run takes it over. */
  readonly deadLock?: Lease;
  /** All pods of the namespace. */
  readonly pods: readonly Pod[];
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
  const writers = findWriters(claim.name, { pods, workloads });
  refuseUnsupported(claim, writers);
  refuseUnexpected(claim, writers.workloads, request.expected);
  const kinds = kindsOf(writers.workloads);
  await requirePermissions(cluster, namespace, [...stopPermissions(kinds), ...watchPermissions(kinds)]);
  for (const workload of writers.workloads) {
    refuseDeletingClaims(workload, request.retainClaims);
    await refuseTakenWorkload(run, workload, { claim, hold: request.hold });
  }
  return {
    claim,
    workloads: writers.workloads,
    stops: writers.workloads.map(({ object }) => object),
    lingering: [...writers.backupPods, ...podsOfOthers(run, claim, pods)],
    ...(deadLock && { deadLock }),
    pods,
    warnings: unseen.map((permission) => `you may not ${permission}: diagnostics will lack it`),
  };
}

function refuseUnsupported(claim: Claim, { owned, barePods }: Writers): void {
  const { namespace } = claim;
  const others: readonly { readonly name: string; readonly stopWith?: string }[] = [
    ...owned.map(({ owner }) => ({ name: `${owner.kind}/${owner.name}` })),
    ...barePods.map(({ name }) => ({
      name: `Pod/${name}`,
      stopWith: `kubectl -n ${namespace} delete pod ${name}`,
    })),
  ];
  if (others.length === 0) return;
  throw new RunbookError(
    'unsupported-writer',
    `${namespace}/${claim.name} is mounted by ${others.map(({ name }) => name).join(', ')}, which this tool does not stop`,
    { next: others.flatMap(({ stopWith }) => stopWith ?? []) },
  );
}

function refuseUnexpected(claim: Claim, found: readonly Workload[], expected: readonly WorkloadRef[]): void {
  if (expected.length === 0) return;
  const foundNames = found.map(workloadName);
  const expectedNames = expected.map(workloadName);
  const list = foundNames.join(', ') || 'no workload';
  const strangers = expectedNames.filter((name) => !foundNames.includes(name));
  if (strangers.length > 0) {
    throw new RunbookError(
      'workload-mismatch',
      `${strangers.join(', ')} does not mount ${claim.name}; ${list} does`,
    );
  }
  const unnamed = foundNames.filter((name) => !expectedNames.includes(name));
  if (unnamed.length > 0) {
    throw new RunbookError(
      'workload-mismatch',
      `${unnamed.join(', ')} mounts ${claim.name} too and is not named`,
    );
  }
}

function refuseDeletingClaims(workload: Workload, retainClaims: boolean): void {
  if (!deletesClaims(fieldsOf(workload.object)) || replicasOf(workload) === 0 || retainClaims) return;
  throw new RunbookError(
    'claims-would-be-deleted',
    `${workloadName(workload)} deletes its claims when it is scaled down (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)`,
  );
}

/** A workload that waits for another run, or for another half-written claim, must not be started by this one. */
async function refuseTakenWorkload(
  { cluster, id, command }: Run,
  workload: Workload,
  { claim, hold }: { claim: Claim; hold: boolean },
): Promise<void> {
  const record = quiesceRecord(workload.object);
  const isOfClaim = record?.claim.namespace === claim.namespace && record.claim.name === claim.name;
  if (record?.heldSpec !== undefined && !(hold && !isOfClaim)) {
    throw new RunbookError('run-in-progress', `${workloadName(workload)} is held by run ${record.run}`, {
      next: [
        command('restore', '--continue', record.run, '-n', workload.namespace),
        command('cleanup', record.run, '--resume', '-n', workload.namespace),
      ],
    });
  }
  if (record === undefined || record.run === id || isOfClaim || hold) return;
  const other = await cluster.claims.read(record.claim);
  const mark = other && halfWritten(other);
  if (mark === undefined) return;
  throw new RunbookError(
    'claim-half-written',
    `${workloadName(workload)} also mounts ${record.claim.name}, half-written since ${mark.since} by run ${mark.run}`,
  );
}

function kindsOf(stopped: readonly { readonly kind: string }[]): readonly Lever[] {
  return [...new Set(stopped.map(leverOf))];
}
