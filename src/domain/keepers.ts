/**
 * What would put a workload back that step 2 stops: a keeper. KEDA scales it up, Argo CD and Flux make it what Git says.
 * Says of each whether it does so as it stands; the levers that stop it are in levers.ts.
 */
import { type ClusterObject, isObject, type ObjectRef, text } from './cluster-object.ts';
import { annotations } from './names.ts';

export interface Keeper {
  readonly object: ClusterObject;
  readonly keeps: ObjectRef;
  /** Why it does nothing as it stands; absent when it would put the workload back. */
  readonly inert?: string;
}

export function keeperOf(object: ClusterObject, keeps: ObjectRef): Keeper {
  // What an unfinished run stopped is not at rest: it is to be given back.
  const inert = isRecorded(object) ? undefined : inertBecause(object);
  return { object, keeps, ...(inert !== undefined && { inert }) };
}

/** An earlier run has stopped it, and has not given it back. */
export function isRecorded({ metadata }: ClusterObject): boolean {
  return metadata.annotations[annotations.run] !== undefined;
}

/** Whether a ScaledObject or an HPA scales the workload. */
export function scales({ namespace, spec }: ClusterObject, workload: ObjectRef): boolean {
  const target = isObject(spec['scaleTargetRef']) ? spec['scaleTargetRef'] : {};
  // KEDA's default.
  const kind = target['kind'] === undefined ? 'Deployment' : text(target['kind']);
  return namespace === workload.namespace && kind === workload.kind && target['name'] === workload.name;
}

/** What the keeper does to the workload, as a clause. */
export function keeperWords({ object, keeps }: Keeper): string {
  const workload = nameOf(keeps);
  switch (object.kind) {
    case 'ScaledObject':
      return `KEDA would scale ${workload} up again`;
    case 'Application':
      return `Argo CD would put ${workload} back`;
    default:
      return `Flux would put ${workload} back`;
  }
}

/** `deployment/orders`. */
export function nameOf({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}

function inertBecause({ kind, metadata, spec }: ClusterObject): string | undefined {
  switch (kind) {
    case 'ScaledObject':
      return pausedBecause(metadata.annotations);
    case 'Application': {
      if (isTrue(metadata.annotations['argocd.argoproj.io/skip-reconcile'])) return 'is not reconciled';
      const automated = isObject(spec['syncPolicy']) ? spec['syncPolicy']['automated'] : undefined;
      return isObject(automated) && automated['enabled'] !== false ? undefined : 'has no automated sync';
    }
    default:
      return spec['suspend'] === true ? 'is suspended already' : undefined;
  }
}

/** A number of replicas to pause at goes before the other annotation. */
function pausedBecause(values: ClusterObject['metadata']['annotations']): string | undefined {
  const replicas = values['autoscaling.keda.sh/paused-replicas'];
  if (replicas !== undefined) return replicas === '0' ? 'is paused at 0 already' : undefined;
  return isTrue(values['autoscaling.keda.sh/paused']) ? 'is paused already' : undefined;
}

/** As Go's ParseBool has it. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}
