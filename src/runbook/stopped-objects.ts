/** Everything that a run has stopped and not given back, as the cluster tells it: what cleanup and --continue go by. */
import { isStatus } from '../cluster/connection-error.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { keeperLevers } from '../domain/keeper-levers.ts';
import type { Lever } from '../domain/lever.ts';
import { workloadLevers } from '../domain/levers.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import type { Run } from './run.ts';

/**
 * Of runs in that namespace (undefined: in any), in the order in which step 2 stops. What puts workloads back may
 * stand in another namespace than the claim: it is looked for in all, where that is allowed, else in the claim's.
 */
export async function stoppedObjects(
  { cluster }: Run,
  namespace: string | undefined,
): Promise<readonly ClusterObject[]> {
  const { objects } = cluster;
  const keepers = await Promise.all(keeperLevers.map((lever) => listKeepers(lever)));
  const workloads = await Promise.all(workloadLevers.map((lever) => objects.list(lever, namespace)));
  return [...keepers, ...workloads].flat().filter((one) => {
    const record = quiesceRecord(one);
    return record !== undefined && (namespace === undefined || record.claim.namespace === namespace);
  });

  async function listKeepers(lever: Lever): Promise<readonly ClusterObject[]> {
    try {
      return await objects.list(lever);
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
    }
    try {
      return namespace === undefined ? [] : await objects.list(lever, namespace);
    } catch (error) {
      if (isStatus(error, 403)) return [];
      throw error;
    }
  }
}
