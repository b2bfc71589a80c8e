/**
 * Pods of an earlier revision than the newest: an unfinished rollout, a canary, a partition, updates on deletion only.
 * Kubernetes tells them apart only while they are there; at 0 it forgets, and all come back in the newest.
 */
import { count, type Json, type JsonObject, objectOf, text, valueAt } from './cluster-object.ts';
import { counted } from './size.ts';
import { isActive, type Workload, workloadName } from './workload.ts';

/**
 * What a stop and a resume make of them, and what to do first where that is not meant; undefined where all come back as
 * they are. `all`: the workloads of the namespace.
 */
export function lostRevisions(workload: Workload, all: readonly Workload[]): string | undefined {
  const { pods, newest } = podsOf(workload);
  const older = pods - newest;
  if (older <= 0 || !isActive(workload) || isLeftInRevision(workload, all)) return undefined;
  const name = workloadName(workload);
  const undo = `kubectl -n ${workload.namespace} rollout undo ${name}`;
  return `${name} has ${older} of its ${counted(pods, 'pod')} in an earlier revision; all come back in the newest, as Kubernetes forgets the earlier one at 0; where that is not meant, finish or undo the rollout first (${undo})`;
}

function podsOf({ kind, object }: Workload): { readonly pods: number; readonly newest: number } {
  const { status } = object;
  const of = (field: string): number => count(status[field]);
  switch (kind) {
    case 'Deployment':
      return { pods: of('replicas'), newest: of('updatedReplicas') };
    case 'StatefulSet': {
      // Terminating ones count among the replicas.
      const isOne = text(status['currentRevision']) === text(status['updateRevision']);
      return { pods: of('replicas'), newest: isOne ? of('replicas') : of('updatedReplicas') };
    }
    case 'DaemonSet':
      return { pods: of('currentNumberScheduled'), newest: of('updatedNumberScheduled') };
    default:
      return { pods: 0, newest: 0 };
  }
}

/** A paused Deployment makes no ReplicaSet for its newest revision: without one, the earlier comes back. */
function isLeftInRevision({ object }: Workload, all: readonly Workload[]): boolean {
  if (valueAt(object, ['spec', 'paused']) !== true) return false;
  const own = all.filter(
    ({ kind, object: set }) => kind === 'ReplicaSet' && set.metadata.owner?.uid === object.metadata.uid,
  );
  const template = templateOf(object.spec);
  const active = own.filter(({ object: set }) => count(set.spec['replicas']) > 0);
  return active.length <= 1 && !own.some(({ object: set }) => templateOf(set.spec) === template);
}

/** The same text for a Deployment and its newest ReplicaSet, which has one label more. */
function templateOf({ template }: JsonObject): string {
  const { metadata, ...rest } = objectOf(template);
  const { labels, ...others } = objectOf(metadata);
  const { 'pod-template-hash': _, ...own } = objectOf(labels);
  return JSON.stringify({ ...rest, metadata: { ...others, labels: own } } satisfies Json);
}
