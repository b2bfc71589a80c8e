/**
 * A Deployment's controller copies its annotations to its ReplicaSet and never takes one off again, so a record stays
 * there when the Deployment has its earlier state back; and `kubectl rollout undo` would bring it back to the Deployment.
 */
import { isStatus } from '../../cluster/connection-error.ts';
import { type ClusterObject, count } from '../../domain/cluster-object.ts';
import { leverOf } from '../../domain/levers.ts';
import { messageOf } from '../../domain/message-of.ts';
import { isCopy, noRecord, quiesceRecord, recordKeys } from '../../domain/quiesce-record.ts';
import { workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';
import { waitUntil } from '../wait-until.ts';

const timeoutSeconds = 10;

/**
 * Takes off the copies in the namespace (undefined: in all) whose Deployment has no record any more. Never throws: what
 * could not be done is said.
 */
export async function takeOffCopies(run: Run, namespace: string | undefined): Promise<void> {
  try {
    const sets = await run.cluster.objects.list(leverOf({ kind: 'ReplicaSet' }), namespace);
    await Promise.all(sets.filter(hasCopy).map((one) => takeOff(run, one)));
  } catch (error) {
    run.reporter.warn(`copies of a record on ReplicaSets could not be looked for: ${messageOf(error)}`);
  }
}

function hasCopy(object: ClusterObject): boolean {
  return isCopy(object) && recordKeys.some((key) => key in object.metadata.annotations);
}

async function takeOff(run: Run, set: ClusterObject): Promise<void> {
  const { clock, signal } = run;
  try {
    await waitUntil(() => attempt(run, set), { clock, signal, timeoutSeconds, everyMilliseconds: 250 });
  } catch (error) {
    run.reporter.warn(`${workloadName(set)} keeps a copy of the record: ${messageOf(error)}`);
  }
}

/** True when there is nothing more to do; undefined to try again. */
async function attempt(
  run: Run,
  { kind, namespace, name, metadata }: ClusterObject,
): Promise<true | undefined> {
  const { objects } = run.cluster;
  const deployment = leverOf({ kind: 'Deployment' });
  const owner = await objects.read(deployment, { namespace, name: metadata.owner?.name ?? '' });
  if (owner === undefined || quiesceRecord(owner) !== undefined) return true;
  // Its controller would copy what it has seen last.
  if (count(owner.status['observedGeneration']) < owner.metadata.generation) return undefined;
  const set = await objects.read(leverOf({ kind }), { namespace, name });
  if (set === undefined || !hasCopy(set)) return true;
  try {
    await objects.patch(leverOf(set), set, noRecord);
    return true;
  } catch (error) {
    if (isStatus(error, 409)) return undefined;
    throw error;
  }
}
