/**
 * A DaemonSet's controller keeps the template with which it was stopped as a revision, from where `kubectl rollout undo`
 * would take it off all nodes once more.
 */
import { type ClusterObject, count, within } from '../../domain/cluster-object.ts';
import { isStopped } from '../../domain/field-values.ts';
import { leverOf } from '../../domain/levers.ts';
import { messageOf } from '../../domain/message-of.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import type { Revision } from '../../domain/revision.ts';
import { workloadName } from '../../domain/workload.ts';
import { missingPermissions, revisionPermissions } from '../permissions.ts';
import type { Run } from '../run.ts';
import { waitUntil } from '../wait-until.ts';

const lever = leverOf({ kind: 'DaemonSet' });
const timeoutSeconds = 10;

/** For the plan: what will stay where the user may not do this. */
export async function unremovableRevisions(
  { cluster }: Run,
  stops: readonly ClusterObject[],
): Promise<readonly string[]> {
  const names = stops.filter(({ kind }) => kind === lever.kind).map(workloadName);
  const [first] = stops.filter(({ kind }) => kind === lever.kind);
  if (first === undefined) return [];
  const missing = await missingPermissions(cluster, first.namespace, revisionPermissions);
  if (missing.length === 0) return [];
  return [
    `you may not ${missing.join(', ')}: afterwards \`kubectl rollout undo\` would take ${names.join(', ')} off all nodes`,
  ];
}

/**
 * Removes those of the namespace (undefined: of all) whose DaemonSet is back on its nodes. Never throws: what could not
 * be done is said.
 */
export async function removeStoppedRevisions(run: Run, namespace: string | undefined): Promise<void> {
  const { objects, revisions } = run.cluster;
  try {
    const back = (await objects.list(lever, namespace)).filter(isBack);
    if (back.length === 0) return;
    const stopped = (await revisions.list(namespace)).filter(isOfStopped);
    const removals = stopped.flatMap((revision) => {
      const owner = back.find(({ metadata }) => metadata.uid === revision.owner?.uid);
      return owner === undefined ? [] : remove(run, owner, revision);
    });
    await Promise.all(removals);
  } catch (error) {
    run.reporter.warn(
      `whether \`kubectl rollout undo\` would take a DaemonSet off all nodes is not known: ${messageOf(error)}`,
    );
  }
}

/** What the operator asks of it is not what this tool does to stop it, nor may it become so. */
function isBack(daemonSet: ClusterObject): boolean {
  return !isStopped(daemonSet) && quiesceRecord(daemonSet) === undefined;
}

function isOfStopped({ data }: Revision): boolean {
  return lever.fields.every(({ path, stopped }) => within(data, path) === stopped);
}

async function remove(run: Run, owner: ClusterObject, revision: Revision): Promise<void> {
  const { clock, signal } = run;
  try {
    const look = () => attempt(run, owner, revision);
    await waitUntil(look, { clock, signal, timeoutSeconds, everyMilliseconds: 250 });
  } catch (error) {
    const { namespace, name } = revision;
    run.reporter.warn(
      `\`kubectl rollout undo\` would take ${workloadName(owner)} off all nodes: ${messageOf(error)}; to prevent it: kubectl -n ${namespace} delete controllerrevision ${name}`,
    );
  }
}

/** True when there is nothing more to do; undefined to try again. */
async function attempt(run: Run, owner: ClusterObject, revision: Revision): Promise<true | undefined> {
  const now = await run.cluster.objects.read(lever, owner);
  if (now === undefined || !isBack(now)) return true;
  // Until then it is the revision of the pods that its controller would make.
  if (count(now.status['observedGeneration']) < now.metadata.generation) return undefined;
  await run.cluster.revisions.delete(revision);
  return true;
}
