/**
 * The levers of what puts a workload back. Each must outlast whoever keeps the keeper itself: Flux takes away what a
 * program has set whose name begins with `kubectl`, unless it is told to leave the object alone
 * (github.com/fluxcd/pkg/blob/main/ssa/patch.go); an Application that another one keeps, or an ApplicationSet makes, gets
 * its sync policy back.
 */
import { type ClusterObject, isObject, valueAt } from './cluster-object.ts';
import { fluxTrackers, trackersOf } from './gitops-tracking.ts';
import { type Field, isText, type Lever, suspend, suspended } from './lever.ts';

export const skipReconcileKey = 'argocd.argoproj.io/skip-reconcile';

function annotation(key: string, stopped: string | null): Field {
  return { path: ['metadata', 'annotations', key], stopped, accepts: isText };
}

/**
 * KEDA leaves the replicas as they are, and this tool scales to 0: pausing at 0 would have KEDA scale down, and the
 * earlier replicas could be read too late. That number goes before the other annotation.
 */
const paused = annotation('autoscaling.keda.sh/paused', 'true');
const noPausedReplicas = annotation('autoscaling.keda.sh/paused-replicas', null);
const skipReconcile = annotation(skipReconcileKey, 'true');
const leftByFlux = annotation('kustomize.toolkit.fluxcd.io/reconcile', 'disabled');
const noAutomatedSync: Field = {
  path: ['spec', 'syncPolicy', 'automated'],
  stopped: null,
  accepts: (value) => value === null || isObject(value),
};

/** With what makes the change of these fields last. */
function lasting(fields: (object: ClusterObject) => readonly Field[]): typeof fields {
  return (object) => [...fields(object), ...(fluxTrackers(object).length === 0 ? [] : [leftByFlux])];
}

const suspending = {
  fields: [suspend, leftByFlux],
  chosen: lasting(() => [suspend]),
  words: suspended,
} as const;

export const keeperLevers = [
  {
    kind: 'ScaledObject',
    apiVersions: ['keda.sh/v1alpha1'],
    plural: 'scaledobjects',
    fields: [noPausedReplicas, paused, leftByFlux],
    chosen: lasting((object) =>
      valueAt(object, noPausedReplicas.path) === undefined ? [paused] : [noPausedReplicas, paused],
    ),
    words: { stop: 'pause', stopped: 'paused', back: 'scaling as before' },
  },
  {
    kind: 'Application',
    apiVersions: ['argoproj.io/v1alpha1'],
    plural: 'applications',
    fields: [noAutomatedSync, skipReconcile, leftByFlux],
    chosen: lasting((object) =>
      object.metadata.owner === undefined && trackersOf(object).length === 0
        ? [noAutomatedSync]
        : [skipReconcile],
    ),
    words: { stop: 'pause', stopped: 'paused', back: 'synced as before' },
  },
  {
    kind: 'Kustomization',
    apiVersions: [
      'kustomize.toolkit.fluxcd.io/v1',
      'kustomize.toolkit.fluxcd.io/v1beta2',
      'kustomize.toolkit.fluxcd.io/v1beta1',
    ],
    plural: 'kustomizations',
    ...suspending,
  },
  {
    kind: 'HelmRelease',
    apiVersions: [
      'helm.toolkit.fluxcd.io/v2',
      'helm.toolkit.fluxcd.io/v2beta2',
      'helm.toolkit.fluxcd.io/v2beta1',
    ],
    plural: 'helmreleases',
    ...suspending,
  },
] as const satisfies readonly Lever[];
