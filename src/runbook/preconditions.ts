/**
 * The runbook's Preconditions: everything that can be known without changing anything, in seconds.
 * Guarantees that steps 2 to 6 are allowed, that the claim can take data, that no other run is at work on it, and
 * that every writer is one that step 2 can stop and step 5 bring back. Reads only.
 */

import { type Claim, type ClaimRef, halfWritten } from '../domain/claim.ts';
import type { Lease } from '../domain/claim-lock.ts';
import type { Pod } from '../domain/pod.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { type Workload, type WorkloadRef, workloadName } from '../domain/workload.ts';
import { findWriters, ownedWorkload } from '../domain/writers.ts';
import { RunbookError } from './failure-matrix.ts';
import { missingPermissions, optionalPermissions, requiredPermissions } from './permissions.ts';
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
  /** Deployments and StatefulSets to quiesce, in the order in which they are stopped. */
  readonly workloads: readonly Workload[];
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
  const missing = await missingPermissions(cluster, namespace, requiredPermissions);
  if (missing.length > 0) {
    throw new RunbookError(
      'permission-missing',
      `in namespace ${namespace} you may not: ${missing.join(', ')}`,
    );
  }
  const claim = await readClaim(run, request.target, { toWrite: true });
  const deadLock = await findDeadLock(run, claim);
  const [pods, workloads, controllers, unseen] = await Promise.all([
    cluster.pods.list(namespace),
    cluster.workloads.list(namespace),
    cluster.workloads.controllers(namespace),
    missingPermissions(cluster, namespace, optionalPermissions),
  ]);
  const writers = findWriters(claim.name, { pods, workloads, controllers });
  const others = [
    ...writers.others,
    ...writers.workloads.flatMap((workload) => ownedWorkload(workload) ?? []),
  ];
  if (others.length > 0) throw unsupported(claim, others);
  refuseUnexpected(claim, writers.workloads, request.expected);
  for (const workload of writers.workloads) {
    refuseDeletingClaims(workload, request.retainClaims);
    await refuseTakenWorkload(run, workload, { claim, hold: request.hold });
  }
  return {
    claim,
    workloads: writers.workloads,
    lingering: [...writers.backupPods, ...podsOfOthers(run, claim, pods)],
    ...(deadLock && { deadLock }),
    pods,
    warnings: unseen.map((permission) => `you may not ${permission}: diagnostics will lack it`),
  };
}

function unsupported(
  claim: Claim,
  others: readonly { kind: string; name: string; stopWith?: string }[],
): RunbookError {
  const names = others.map(({ kind, name }) => `${kind}/${name}`).join(', ');
  return new RunbookError(
    'unsupported-writer',
    `${claim.namespace}/${claim.name} is mounted by ${names}, which this tool does not stop`,
    {
      next: others
        .flatMap(({ stopWith }) => stopWith ?? [])
        .map((line) => line.replace(/^kubectl (?!-n)/, `kubectl -n ${claim.namespace} `)),
    },
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
  if (workload.whenScaled !== 'Delete' || workload.replicas === 0 || retainClaims) return;
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
  const record = quiesceRecord(workload);
  if (record !== undefined && record.heldSpec !== undefined && !(hold && record.claim !== claim.name)) {
    throw new RunbookError('run-in-progress', `${workloadName(workload)} is held by run ${record.run}`, {
      next: [
        command('restore', '--continue', record.run, '-n', workload.namespace),
        command('cleanup', record.run, '--resume', '-n', workload.namespace),
      ],
    });
  }
  if (record === undefined || record.run === id || record.claim === claim.name || hold) return;
  const other = await cluster.claims.read({ namespace: workload.namespace, name: record.claim });
  const mark = other && halfWritten(other);
  if (mark === undefined) return;
  throw new RunbookError(
    'claim-half-written',
    `${workloadName(workload)} also mounts ${record.claim}, half-written since ${mark.since} by run ${mark.run}`,
  );
}
