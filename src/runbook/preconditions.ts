/**
 * The runbook's Preconditions: everything that can be known without changing anything, in seconds.
 * Guarantees that steps 2 to 6 are allowed, that the claim can take data, that no other run is at work on it, and
 * that every writer is one that step 2 can stop and step 5 bring back. Reads only.
 */

import type { Claim, ClaimRef } from '../domain/claim.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { type Lever, leverOf } from '../domain/levers.ts';
import { annotations, component, labels } from '../domain/names.ts';
import { heartbeatOf, holdsItsClaims, type Pod } from '../domain/pod.ts';
import { liveForSeconds, parseRunId } from '../domain/run.ts';
import { checkWriters, type FoundWriters, type WriterRequest } from './check-writers.ts';
import { RunbookError } from './failure-matrix.ts';
import {
  missingPermissions,
  optionalPermissions,
  requiredPermissions,
  requirePermissions,
  stopPermissions,
} from './permissions.ts';
import { readClaim } from './read-claim.ts';
import type { Run } from './run.ts';

export interface PreconditionRequest extends WriterRequest {
  readonly target: ClaimRef;
}

export interface Target extends Pick<FoundWriters, 'workloads' | 'barePods'> {
  readonly claim: Claim;
  /** What step 2 changes, in its order: what would put a workload back, then the workloads. */
  readonly stops: readonly ClusterObject[];
  /** NKVM's backup pods and restore pods of dead runs: they must be gone before step 3. */
  readonly lingering: readonly Pod[];
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
  const [pods, workloads, unseen] = await Promise.all([
    cluster.pods.list(namespace),
    cluster.workloads.list(namespace),
    missingPermissions(cluster, namespace, optionalPermissions),
  ]);
  const runPods = refuseLiveRuns(run, claim, pods);
  const writers = await checkWriters(run, request, { claim, pods, workloads });
  const { stops, barePods, backupPods } = writers;
  await requirePermissions(cluster, namespace, stopPermissions(kindsOf(stops)));
  return {
    claim,
    workloads: writers.workloads,
    stops,
    barePods,
    lingering: [...backupPods, ...runPods],
    pods,
    warnings: [
      ...writers.warnings,
      ...unseen.map((permission) => `you may not ${permission}: diagnostics will lack it`),
    ],
  };
}

/** Stops at a live run on this claim; returns the pods that dead ones left. */
function refuseLiveRuns({ cluster, id, command }: Run, claim: Claim, pods: readonly Pod[]): Pod[] {
  const ofClaim = pods.filter(
    (pod) =>
      pod.labels[labels.claimUid] === claim.uid &&
      pod.labels[labels.component] === component.restore &&
      pod.labels[labels.run] !== id &&
      holdsItsClaims(pod),
  );
  for (const pod of ofClaim) {
    const seconds = liveForSeconds(heartbeatOf(pod), cluster.now());
    if (seconds === 0) continue;
    const run = parseRunId(pod.labels[labels.run]) ?? 'unknown';
    const operator = pod.annotations[annotations.operator] ?? 'unknown';
    throw new RunbookError(
      'run-in-progress',
      `run ${run} by ${operator} is restoring this claim; it counts as live for ${seconds} s more unless it is seen again`,
      { next: [command('cleanup', run, '-n', claim.namespace)] },
    );
  }
  return ofClaim;
}

function kindsOf(stopped: readonly { readonly kind: string }[]): readonly Lever[] {
  return [...new Set(stopped.map(leverOf))];
}
