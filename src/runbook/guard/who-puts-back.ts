/** Who has started again, before the end of step 2, what the run has stopped: a controller that no keeper is known of. */
import type { ObjectRef } from '../../domain/cluster-object.ts';
import { leverOf } from '../../domain/levers.ts';
import { putBack } from '../../domain/returned-writer.ts';
import { workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

export interface PutBack {
  /** `deployment/web was put back: spec.replicas is 2 again, by kubectl (Update of scale)` */
  readonly what: string;
  /** The command that shows who did it. */
  readonly look: string;
}

/** Never rejects: what cannot be read just now is looked at again, by the caller or by the guard after step 2. */
export async function whoPutsBack(
  { cluster, id }: Run,
  stops: readonly ObjectRef[],
): Promise<readonly PutBack[]> {
  const now = await Promise.all(
    stops.map((one) => cluster.objects.read(leverOf(one), one).catch(() => undefined)),
  );
  return now.flatMap((object) => {
    const what = object && putBack(object, id);
    return object === undefined || what === undefined ? [] : { what, look: whoWroteCommand(object) };
  });
}

export function whoWroteCommand(object: ObjectRef): string {
  return `kubectl -n ${object.namespace} get ${workloadName(object)} -o yaml --show-managed-fields`;
}
