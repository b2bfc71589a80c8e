import type { ObjectRef } from '../../domain/cluster-object.ts';
import { isWorkloadRef, type Workload } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

/** Those of them that are workloads, as they are now; not those that are gone. */
export async function readWorkloads(
  { cluster }: Run,
  objects: readonly ObjectRef[],
): Promise<readonly Workload[]> {
  const read = objects.filter(isWorkloadRef).map((one) => cluster.workloads.read(one));
  return (await Promise.all(read)).filter((found) => found !== undefined);
}
