/** When a workload has rolled out, as `kubectl rollout status` decides it for its kind, and when it has failed. */
import { conditionsOf, count, valueAt } from './cluster-object.ts';
import { isStopped } from './field-values.ts';
import { hasEnded, replicasOf, type Workload, workloadName } from './workload.ts';

/** What is still waited for; undefined when the workload has rolled out. */
export function rolledOut(workload: Workload): string | undefined {
  const waiting = waitingFor(workload);
  return waiting && `waiting for ${workloadName(workload)}: ${waiting}`;
}

/** Why its controller has given up; undefined while it has not. */
export function failedRollout({ kind, object }: Workload): string | undefined {
  if (!isSeen({ object })) return undefined;
  const failed = conditionsOf(object.status).find(({ type, status, reason }) =>
    kind === 'Job' ? type === 'Failed' && status === 'True' : reason === 'ProgressDeadlineExceeded',
  );
  return failed && `${failed.reason}: ${failed.message}`;
}

function waitingFor(workload: Workload): string | undefined {
  const { kind, object } = workload;
  if (!isSeen(workload)) return 'its change is not seen yet';
  switch (kind) {
    case 'Deployment':
      return ofDeployment(workload);
    case 'StatefulSet':
      return ready(workload, 'readyReplicas') ?? ofStatefulSetUpdate(workload);
    case 'ReplicaSet':
    case 'ReplicationController':
      return ready(workload, 'availableReplicas');
    case 'DaemonSet':
      return ofDaemonSet(workload);
    case 'Job': {
      const isBusy = count(object.status['active']) > 0 || count(object.status['succeeded']) > 0;
      return hasEnded(object) || isStopped(object) || isBusy ? undefined : 'it has no active pod yet';
    }
    case 'CronJob':
      return undefined;
  }
}

/** Whether its controller has seen the last change; a Job's and a CronJob's do not say. */
function isSeen({ object: { status, metadata, kind } }: Pick<Workload, 'object'>): boolean {
  return kind === 'Job' || kind === 'CronJob' || count(status['observedGeneration']) >= metadata.generation;
}

function ofDeployment(workload: Workload): string | undefined {
  const { object } = workload;
  const { status } = object;
  // Its controller does not replace the old ones.
  if (valueAt(object, ['spec', 'paused']) === true) return ready(workload, 'availableReplicas');
  const replicas = replicasOf(workload) ?? 0;
  const updated = count(status['updatedReplicas']);
  if (updated < replicas) return `${updated} of ${replicas} new replicas are updated`;
  if (count(status['replicas']) > updated) return 'old replicas are still there';
  return ready(workload, 'availableReplicas');
}

function ready(workload: Workload, field: 'availableReplicas' | 'readyReplicas'): string | undefined {
  const replicas = replicasOf(workload) ?? 0;
  const there = count(workload.object.status[field]);
  return there < replicas ? `${there} of ${replicas} replicas are ready` : undefined;
}

/** With OnDelete, and below the partition, old pods stay old. */
function ofStatefulSetUpdate(workload: Workload): string | undefined {
  const { object } = workload;
  const { status } = object;
  if (valueAt(object, ['spec', 'updateStrategy', 'type']) === 'OnDelete') return undefined;
  const partition = count(valueAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']));
  const updated = count(status['updatedReplicas']);
  const due = Math.max(0, (replicasOf(workload) ?? 0) - partition);
  if (partition > 0) return updated < due ? `${updated} of ${due} new replicas are updated` : undefined;
  return status['updateRevision'] === status['currentRevision']
    ? undefined
    : `${updated} of ${due} new replicas are updated`;
}

/**
 * How much longer than it takes to become ready it takes to count as such: minReadySeconds, of an ordered StatefulSet for
 * each pod before the last.
 */
export function settlingSeconds(workload: Workload): number {
  const { kind, object } = workload;
  const seconds = count(object.spec['minReadySeconds']);
  if (kind !== 'StatefulSet') return seconds;
  const isOrdered = object.spec['podManagementPolicy'] !== 'Parallel';
  return isOrdered ? seconds * Math.max(0, (replicasOf(workload) ?? 0) - 1) : 0;
}

function ofDaemonSet({ object }: Workload): string | undefined {
  const { status } = object;
  const desired = count(status['desiredNumberScheduled']);
  const updated = count(status['updatedNumberScheduled']);
  const isOnDelete = valueAt(object, ['spec', 'updateStrategy', 'type']) === 'OnDelete';
  if (!isOnDelete && updated < desired) return `${updated} of ${desired} new pods are updated`;
  const available = count(status['numberAvailable']);
  return available < desired ? `${available} of ${desired} pods are ready` : undefined;
}
