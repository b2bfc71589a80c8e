/**
 * What step 2 changes to stop something, and step 5 gives back: one lever for each kind, workloads here and what would
 * put them back in keeper-levers.ts.
 */
import { valueAt } from './cluster-object.ts';
import { keeperLevers } from './keeper-levers.ts';
import { type Field, isText, type Lever, suspend, suspended } from './lever.ts';

const maxReplicas = 1_000_000;

export const replicas: Field = {
  path: ['spec', 'replicas'],
  stopped: 0,
  accepts: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxReplicas,
};
export const whenScaled: Field = {
  path: ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled'],
  stopped: 'Retain',
  accepts: (value) => value === 'Retain' || value === 'Delete',
  afterRollout: true,
};
const noNode: Field = {
  path: ['spec', 'template', 'spec', 'nodeSelector', 'nkvm.dev/none'],
  stopped: 'true',
  accepts: isText,
};
/** Deployment, ...: what starts pods. */
export const workloadLevers = [
  {
    kind: 'Deployment',
    apiVersions: ['apps/v1'],
    plural: 'deployments',
    fields: [replicas],
    words: 'replicas',
  },
  {
    kind: 'StatefulSet',
    apiVersions: ['apps/v1'],
    plural: 'statefulsets',
    fields: [replicas, whenScaled],
    // Scaling down would delete the claims.
    chosen: (object) => (valueAt(object, whenScaled.path) === 'Delete' ? [replicas, whenScaled] : [replicas]),
    words: 'replicas',
  },
  {
    kind: 'ReplicaSet',
    apiVersions: ['apps/v1'],
    plural: 'replicasets',
    fields: [replicas],
    words: 'replicas',
  },
  {
    kind: 'ReplicationController',
    apiVersions: ['v1'],
    plural: 'replicationcontrollers',
    fields: [replicas],
    words: 'replicas',
  },
  {
    kind: 'DaemonSet',
    apiVersions: ['apps/v1'],
    plural: 'daemonsets',
    fields: [noNode],
    words: { stop: 'keep off all nodes', stopped: 'kept off all nodes', back: 'back on its nodes' },
  },
  { kind: 'Job', apiVersions: ['batch/v1'], plural: 'jobs', fields: [suspend], words: suspended },
  { kind: 'CronJob', apiVersions: ['batch/v1'], plural: 'cronjobs', fields: [suspend], words: suspended },
] as const satisfies readonly Lever[];

export type WorkloadKind = (typeof workloadLevers)[number]['kind'];

export const levers: readonly Lever[] = [...workloadLevers, ...keeperLevers];

export function leverOf({ kind }: { readonly kind: string }): Lever {
  const found = levers.find((lever) => lever.kind === kind);
  if (found === undefined) throw new Error(`${kind} has no lever`);
  return found;
}
