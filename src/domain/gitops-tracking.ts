/**
 * Who says, on an object itself, that they keep it as Git has it: Argo CD by an annotation or a label, Flux by labels.
 * A certain tracker is one that nobody else writes so; `app.kubernetes.io/instance` is Argo CD's default and every Helm
 * chart's habit as well, so that it only tells which Application to ask.
 */
import {
  type ClusterObject,
  groupOf,
  isObject,
  list,
  type ObjectRef,
  text,
  valueAt,
} from './cluster-object.ts';

export type TrackerKind = 'Application' | 'Kustomization' | 'HelmRelease';

export interface Tracker {
  readonly kind: TrackerKind;
  /** Undefined where Argo CD's own namespace is meant. */
  readonly namespace?: string;
  readonly name: string;
  readonly isCertain: boolean;
}

/** What an object says of itself. */
interface Marked extends ObjectRef {
  readonly metadata: Pick<ClusterObject['metadata'], 'labels' | 'annotations'>;
}

const fluxLabels = [
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
] as const satisfies readonly (readonly [TrackerKind, string])[];

const ownArgoLabels = ['argocd.argoproj.io/instance', 'applications.argoproj.io/app-name'];
const sharedArgoLabel = 'app.kubernetes.io/instance';

export function trackersOf(object: ClusterObject): readonly Tracker[] {
  const argo = argoTracker(object);
  return [...(argo === undefined ? [] : [argo]), ...fluxTrackers(object)];
}

/** Those of Flux; none on an object that Flux is told to leave alone. */
export function fluxTrackers({ kind, namespace, name, metadata }: Marked): readonly Tracker[] {
  const { labels, annotations } = metadata;
  if (annotations['kustomize.toolkit.fluxcd.io/reconcile'] === 'disabled') return [];
  return fluxLabels.flatMap(([by, group]): Tracker[] => {
    const tracker = labels[`${group}/name`];
    const where = labels[`${group}/namespace`] ?? namespace;
    // The root Kustomization is in its own repository.
    const isItself = by === kind && tracker === name && where === namespace;
    return tracker === undefined || isItself
      ? []
      : [{ kind: by, namespace: where, name: tracker, isCertain: true }];
  });
}

/** Of the Applications those that are meant, and that do have the object where the tracker alone does not prove it. */
export function meantApplications(
  applications: readonly ClusterObject[],
  tracker: Tracker,
  object: ClusterObject,
): readonly ClusterObject[] {
  return applications.filter(
    (one) =>
      one.name === tracker.name &&
      (tracker.namespace === undefined || one.namespace === tracker.namespace) &&
      (tracker.isCertain || (deploysHere(one) && hasResource(one, object))),
  );
}

/** Whether the Flux object applies to the cluster that it is in. */
export function appliesHere({ spec }: ClusterObject): boolean {
  return !isObject(spec['kubeConfig']);
}

function argoTracker({ apiVersion, kind, namespace, name, metadata }: ClusterObject): Tracker | undefined {
  const { labels, annotations } = metadata;
  // `APPLICATION:GROUP/KIND:NAMESPACE/NAME`; one that names something else was copied along with the object's manifest.
  const [application = '', what, where] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  const isOwn = what === `${groupOf(apiVersion)}/${kind}` && where === `${namespace}/${name}`;
  if (application !== '' && isOwn) return applicationTracker(application, true);
  const own = ownArgoLabels.map((key) => labels[key]).find((value) => value !== undefined);
  if (own !== undefined) return applicationTracker(own, true);
  const shared = labels[sharedArgoLabel];
  return shared === undefined ? undefined : applicationTracker(shared, false);
}

/** An Application outside of Argo CD's namespace is tracked as `NAMESPACE_NAME`, and no name has an underscore. */
function applicationTracker(instance: string, isCertain: boolean): Tracker {
  const [first = '', ...rest] = instance.split('_');
  if (rest.length === 0) return { kind: 'Application', name: first, isCertain };
  return { kind: 'Application', namespace: first, name: rest.join('_'), isCertain };
}

function deploysHere({ spec }: ClusterObject): boolean {
  const destination = isObject(spec['destination']) ? spec['destination'] : {};
  return destination['server'] === 'https://kubernetes.default.svc' || destination['name'] === 'in-cluster';
}

function hasResource(
  application: ClusterObject,
  { apiVersion, kind, namespace, name }: ClusterObject,
): boolean {
  return list(valueAt(application, ['status', 'resources'])).some((resource) => {
    if (!isObject(resource)) return false;
    const found = ['group', 'kind', 'namespace', 'name'].map((key) => text(resource[key]));
    return found.join('/') === [groupOf(apiVersion), kind, namespace, name].join('/');
  });
}
