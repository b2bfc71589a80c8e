/**
 * An Application that an ApplicationSet makes: its controller takes away what it did not write, fields and annotations,
 * unless the set says that it is to be kept. Guarantees that a pause on such an Application lasts.
 */
import type { ClusterObject, ObjectKind } from '../../domain/cluster-object.ts';
import { list, valueAt } from '../../domain/cluster-object.ts';
import { skipReconcileKey } from '../../domain/keeper-levers.ts';
import { type Keeper, nameOf } from '../../domain/keepers.ts';
import { recordKeys } from '../../domain/quiesce-record.ts';
import { shellCommand } from '../../domain/shell-words.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { unlessForbidden } from './look-for-keepers.ts';

const applicationSets: ObjectKind = {
  kind: 'ApplicationSet',
  apiVersions: ['argoproj.io/v1alpha1'],
  plural: 'applicationsets',
};
const keptKeys = ['spec', 'preservedFields', 'annotations'];
/** The pause, and the record of what was before. */
const ourKeys = [skipReconcileKey, ...recordKeys];
const leftAlone = ['create-only', 'create-delete'];

export async function refuseMadeAnew({ cluster }: Run, keepers: readonly Keeper[]): Promise<void> {
  for (const { object } of keepers) {
    const { namespace, metadata } = object;
    if (metadata.owner?.kind !== 'ApplicationSet') continue;
    const { name } = metadata.owner;
    const set = await unlessForbidden(() => cluster.objects.read(applicationSets, { namespace, name }));
    if (set !== undefined && keepsThePause(set)) continue;
    const keys = new Set([...list(set && valueAt(set, keptKeys)), ...ourKeys]);
    const patch = JSON.stringify({ spec: { preservedFields: { annotations: [...keys] } } });
    const words = ['kubectl', '-n', namespace, 'patch', 'applicationsets.argoproj.io', name];
    throw new RunbookError(
      'gitops-managed',
      `applicationset/${name} makes ${nameOf(object)}, and would take away the annotations that pause it`,
      { next: [shellCommand([...words, '--type=merge', '-p', patch])] },
    );
  }
}

function keepsThePause(set: ClusterObject): boolean {
  const policy = valueAt(set, ['spec', 'syncPolicy', 'applicationsSync']);
  return (
    leftAlone.some((one) => one === policy) ||
    ourKeys.every((key) => list(valueAt(set, keptKeys)).includes(key))
  );
}
