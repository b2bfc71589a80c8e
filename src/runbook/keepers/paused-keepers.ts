/**
 * The keepers that a run in a namespace may have paused: of all namespaces where those may be listed, else those that
 * this user can find from the workloads, as `restore` did. What may not be read there is said.
 */
import type { Cluster } from '../../cluster/cluster.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { trackersOf } from '../../domain/gitops-tracking.ts';
import { keeperLevers } from '../../domain/keeper-levers.ts';
import { isRecorded, nameOf } from '../../domain/keepers.ts';
import type { Lever } from '../../domain/lever.ts';
import type { Run } from '../run.ts';
import { lookForKeepers, type SeenKeepers, unlessForbidden } from './look-for-keepers.ts';

/** `workloads`: all of the namespace; without a namespace nothing is looked for beside the lists. */
export async function pausedKeepers(
  { cluster, reporter }: Pick<Run, 'cluster' | 'reporter'>,
  namespace: string | undefined,
  workloads: readonly ClusterObject[],
): Promise<readonly ClusterObject[]> {
  const lists = await Promise.all(keeperLevers.map((lever) => list(cluster, lever, namespace)));
  const isAll = lists.every(({ isWhole }) => isWhole);
  const kept = isAll || namespace === undefined ? [] : workloads.filter((one) => trackersOf(one).length > 0);
  const seen = await Promise.all(kept.map((one) => lookForKeepers(cluster, one)));
  for (const { tracker, keeps, why } of seen.flatMap(({ elsewhere }) => elsewhere)) {
    if (!isRecorded(keeps)) continue;
    reporter.warn(
      `${nameOf(tracker)} keeps ${nameOf(keeps)}, and ${why}: what a run may have paused there is not seen`,
    );
  }
  const found = [...lists.flatMap(({ objects }) => objects), ...seen.flatMap(objectsOf)];
  return [...new Map(found.map((one) => [one.metadata.uid, one])).values()];
}

interface Listed {
  readonly objects: readonly ClusterObject[];
  readonly isWhole: boolean;
}

async function list({ objects }: Cluster, lever: Lever, namespace: string | undefined): Promise<Listed> {
  const all = await unlessForbidden(() => objects.list(lever));
  if (all !== undefined) return { objects: all, isWhole: true };
  const some = namespace === undefined ? [] : await unlessForbidden(() => objects.list(lever, namespace));
  return { objects: some ?? [], isWhole: false };
}

function objectsOf({ keepers }: SeenKeepers): readonly ClusterObject[] {
  return keepers.map(({ object }) => object);
}
