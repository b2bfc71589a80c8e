/**
 * What an operator may expect to stand in the way of scaling to 0, and what does not: a HorizontalPodAutoscaler, which
 * Kubernetes disables at 0, and a PodDisruptionBudget, which only stands against evictions. Said where it may be seen.
 */
import type { Cluster } from '../../cluster/cluster.ts';
import {
  type ClusterObject,
  isObject,
  list,
  type ObjectKind,
  objectOf,
  text,
  valueAt,
} from '../../domain/cluster-object.ts';
import { nameOf, scales } from '../../domain/keepers.ts';
import { unlessForbidden } from './look-for-keepers.ts';

const autoscalers: ObjectKind = {
  kind: 'HorizontalPodAutoscaler',
  apiVersions: ['autoscaling/v2', 'autoscaling/v1'],
  plural: 'horizontalpodautoscalers',
};
const budgets: ObjectKind = {
  kind: 'PodDisruptionBudget',
  apiVersions: ['policy/v1'],
  plural: 'poddisruptionbudgets',
};

export async function findOnlookers(
  cluster: Cluster,
  workloads: readonly ClusterObject[],
): Promise<readonly string[]> {
  const [first] = workloads;
  if (first === undefined) return [];
  const [scalers, guards] = await Promise.all(
    [autoscalers, budgets].map((kind) => unlessForbidden(() => cluster.objects.list(kind, first.namespace))),
  );
  return workloads.flatMap((workload) => [
    ...(scalers ?? [])
      .filter((one) => scales(one, workload))
      .map((one) => `${nameOf(one)} does nothing while ${nameOf(workload)} is at 0`),
    ...(guards ?? [])
      .filter((one) => selects(one, labelsOfPods(workload)))
      .map(
        (one) => `${nameOf(one)} does not stand against scaling ${nameOf(workload)} to 0: nothing is evicted`,
      ),
  ]);
}

function labelsOfPods(workload: ClusterObject): ReadonlyMap<string, string> {
  const labels = objectOf(valueAt(workload, ['spec', 'template', 'metadata', 'labels']));
  return new Map(Object.entries(labels).map(([key, value]) => [key, text(value)]));
}

/** As a label selector: an empty one is all pods. */
function selects(budget: ClusterObject, labels: ReadonlyMap<string, string>): boolean {
  const selector = budget.spec['selector'];
  if (!isObject(selector)) return false;
  const wanted = Object.entries(objectOf(selector['matchLabels']));
  return (
    wanted.every(([key, value]) => labels.get(key) === value) &&
    list(selector['matchExpressions']).every((one) => matches(objectOf(one), labels))
  );
}

function matches(
  { key, operator, values }: Readonly<Record<string, unknown>>,
  labels: ReadonlyMap<string, string>,
): boolean {
  const value = labels.get(String(key));
  const isOne = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return isOne;
    default:
      return !isOne;
  }
}
