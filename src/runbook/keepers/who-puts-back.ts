/** Who has started again, before the end of step 2, what the run has stopped: a controller that no keeper is known of. */
import type { ObjectRef } from '../../domain/cluster-object.ts';
import { leverOf } from '../../domain/levers.ts';
import { putBack } from '../../domain/returned-writer.ts';
import { workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

/** A line for each; never rejects. */
export async function whoPutsBack(
  { cluster, id }: Run,
  stops: readonly ObjectRef[],
): Promise<readonly string[]> {
  const now = await Promise.all(
    stops.map((one) => cluster.objects.read(leverOf(one), one).catch(() => undefined)),
  );
  return now.flatMap((object) => {
    if (object === undefined) return [];
    const how = putBack(object, id);
    return how === undefined ? [] : [`${workloadName(object)} was put back: ${how}`];
  });
}
