import { isStatus } from '../../cluster/connection-error.ts';
import type { ClusterObject, MergePatch, ObjectRef } from '../../domain/cluster-object.ts';
import { leverOf } from '../../domain/levers.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import { workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

/**
 * Changes an object that this run has stopped, as it is now: reads again when somebody else was faster, and refuses one
 * that another run has taken over. Undefined when the object is gone.
 */
export async function patchFresh(
  run: Run,
  one: ObjectRef,
  change: (now: ClusterObject) => MergePatch,
): Promise<ClusterObject | undefined> {
  const { objects } = run.cluster;
  for (let attempt = 1; ; attempt++) {
    const now = await objects.read(leverOf(one), one);
    if (now === undefined) return undefined;
    const record = quiesceRecord(now);
    if (record !== undefined && record.run !== run.id)
      throw new Error(`${workloadName(one)} was taken over by run ${record.run}`);
    try {
      return await objects.patch(leverOf(one), now, change(now));
    } catch (error) {
      if (!isStatus(error, 409) || attempt === 5) throw error;
    }
  }
}
