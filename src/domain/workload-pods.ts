/**
 * Whose a pod is, by its owners. A selector does not tell: the pods of another workload may have the same labels, and
 * more.
 */
import type { Pod } from './pod.ts';
import type { Workload } from './workload.ts';

/** Those of `pods` that the workload has started, itself or through those of `sets`, ReplicaSets, that are its own. */
export function podsOfWorkload(
  workload: Workload,
  { pods, sets }: { readonly pods: readonly Pod[]; readonly sets: readonly Workload[] },
): readonly Pod[] {
  const { uid } = workload.object.metadata;
  const own = sets
    .map(({ object }) => object.metadata)
    .filter(({ owner }) => owner?.uid === uid)
    .map((metadata) => metadata.uid);
  const starters = [uid, ...own];
  return pods.filter(({ owner }) => owner !== undefined && starters.includes(owner.uid));
}
