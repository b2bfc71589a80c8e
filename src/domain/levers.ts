/**
 * What step 2 changes to stop something, and step 5 gives back: one lever for each kind, workloads and what would put
 * them back alike. A lever is a few fields with the value that stops; what they were before is a merge patch of the
 * same fields. So what is recorded on an object is what `kubectl patch --type=merge` needs to give it back by hand.
 */
import { type ClusterObject, isObject, type Json, type ObjectKind, valueAt } from './cluster-object.ts';

export interface Field {
  readonly path: readonly string[];
  /** The value that stops; null: it is taken away. */
  readonly stopped: Json;
  /** What may stand in a record; null is a field that was not there. */
  readonly accepts: (earlier: Json) => boolean;
  /** Given back only when all pods are up again. */
  readonly afterRollout?: true;
}

export interface Lever extends ObjectKind {
  /** All that it may ever change. */
  readonly fields: readonly Field[];
  /** Those of them that stop this object, the one first that decides; all where absent. */
  readonly chosen?: (object: ClusterObject) => readonly Field[];
  readonly words: LeverWords;
}

/** `stop` and `stopped`: `suspend`, `suspended`; `back`: `resumed`. Of replicas the numbers are said instead. */
export type LeverWords =
  | 'replicas'
  | { readonly stop: string; readonly stopped: string; readonly back: string };

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
const suspend: Field = {
  path: ['spec', 'suspend'],
  stopped: true,
  accepts: (value) => value === null || typeof value === 'boolean',
};
const noNode: Field = {
  path: ['spec', 'template', 'spec', 'nodeSelector', 'nkvm.dev/none'],
  stopped: 'true',
  accepts: isText,
};
const pausedReplicas: Field = {
  path: ['metadata', 'annotations', 'autoscaling.keda.sh/paused-replicas'],
  stopped: '0',
  accepts: isText,
};
const automatedSync: Field = {
  path: ['spec', 'syncPolicy', 'automated'],
  stopped: null,
  accepts: (value) => value === null || isObject(value),
};
const skipReconcile: Field = {
  path: ['metadata', 'annotations', 'argocd.argoproj.io/skip-reconcile'],
  stopped: 'true',
  accepts: isText,
};

const suspended: LeverWords = { stop: 'suspend', stopped: 'suspended', back: 'resumed' };

/** Deployment, …: what starts pods. */
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

/** What puts a workload back that somebody else changes. */
export const keeperLevers = [
  {
    kind: 'ScaledObject',
    apiVersions: ['keda.sh/v1alpha1'],
    plural: 'scaledobjects',
    fields: [pausedReplicas],
    words: { stop: 'pause at 0', stopped: 'paused at 0', back: 'no longer paused' },
  },
  {
    kind: 'Application',
    apiVersions: ['argoproj.io/v1alpha1'],
    plural: 'applications',
    fields: [automatedSync, skipReconcile],
    // Whoever makes the Application would give it its sync policy back.
    chosen: (object) => [object.metadata.owner === undefined ? automatedSync : skipReconcile],
    words: { stop: 'stop the automated sync of', stopped: 'no longer synced', back: 'synced as before' },
  },
  {
    kind: 'Kustomization',
    apiVersions: [
      'kustomize.toolkit.fluxcd.io/v1',
      'kustomize.toolkit.fluxcd.io/v1beta2',
      'kustomize.toolkit.fluxcd.io/v1beta1',
    ],
    plural: 'kustomizations',
    fields: [suspend],
    words: suspended,
  },
  {
    kind: 'HelmRelease',
    apiVersions: [
      'helm.toolkit.fluxcd.io/v2',
      'helm.toolkit.fluxcd.io/v2beta2',
      'helm.toolkit.fluxcd.io/v2beta1',
    ],
    plural: 'helmreleases',
    fields: [suspend],
    words: suspended,
  },
] as const satisfies readonly Lever[];

export const levers: readonly Lever[] = [...workloadLevers, ...keeperLevers];

export function leverOf({ kind }: { readonly kind: string }): Lever {
  const found = levers.find((lever) => lever.kind === kind);
  if (found === undefined) throw new Error(`${kind} has no lever`);
  return found;
}

function isText(value: Json): boolean {
  return value === null || (typeof value === 'string' && value.length <= 1024);
}
