/** Everything that a run has stopped and not given back, as the cluster tells it: what cleanup and --continue go by. */
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { workloadLevers } from '../../domain/levers.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import { byName } from '../../domain/writers.ts';
import { pausedKeepers } from '../keepers/paused-keepers.ts';
import type { Run } from '../run.ts';

/** Of runs in that namespace (undefined: in any), in the order in which step 2 stops. */
export async function stoppedObjects(
  run: Run,
  namespace: string | undefined,
): Promise<readonly ClusterObject[]> {
  return (await stoppableObjects(run, namespace)).filter((one) => {
    const record = quiesceRecord(one);
    return record !== undefined && (namespace === undefined || record.claim.namespace === namespace);
  });
}

/** Everything that a run in that namespace (undefined: in any) may have stopped. */
export async function stoppableObjects(
  run: Run,
  namespace: string | undefined,
): Promise<readonly ClusterObject[]> {
  const { objects } = run.cluster;
  const lists = await Promise.all(workloadLevers.map((lever) => objects.list(lever, namespace)));
  const workloads = lists.flat().sort(byName);
  return [...(await pausedKeepers(run, namespace, workloads)), ...workloads];
}
