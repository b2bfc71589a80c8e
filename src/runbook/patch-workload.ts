import { isStatus } from '../cluster/connection-error.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { type Workload, type WorkloadRef, workloadName } from '../domain/workload.ts';
import type { Run } from './run.ts';

/**
 * Changes a workload that this run has quiesced, as it is now: reads again when somebody else was faster, and refuses
 * one that another run has taken over.
 */
export async function patchFresh(
  run: Run,
  one: WorkloadRef & { readonly namespace: string },
  change: (now: Workload) => Parameters<Run['cluster']['workloads']['patch']>[1],
): Promise<Workload> {
  for (let attempt = 1; ; attempt++) {
    const now = await run.cluster.workloads.read(one.namespace, one);
    if (now === undefined) throw new Error(`${workloadName(one)} is gone`);
    const record = quiesceRecord(now);
    if (record !== undefined && record.run !== run.id)
      throw new Error(`${workloadName(one)} was taken over by run ${record.run}`);
    try {
      return await run.cluster.workloads.patch(now, change(now));
    } catch (error) {
      if (!isStatus(error, 409) || attempt === 5) throw error;
    }
  }
}
