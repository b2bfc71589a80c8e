/**
 * Who keeps a workload as it is, as far as this user can see: ScaledObjects of its namespace, the Flux objects and the
 * Application that its labels and annotations name, wherever those are. Reads only, and guesses nothing: what is named
 * and is not there is said to be elsewhere.
 */
import type { Cluster } from '../../cluster/cluster.ts';
import { isStatus } from '../../cluster/connection-error.ts';
import type { ClusterObject, ObjectKind } from '../../domain/cluster-object.ts';
import { appliesHere, meantApplications, type Tracker, trackersOf } from '../../domain/gitops-tracking.ts';
import { type Keeper, keeperOf, nameOf, scales } from '../../domain/keepers.ts';
import { leverOf } from '../../domain/levers.ts';

/** A keeper that cannot be looked at from here. */
export interface ElsewhereKeeper {
  readonly tracker: Tracker;
  readonly keeps: ClusterObject;
  readonly why: string;
}

export interface SeenKeepers {
  readonly keepers: readonly Keeper[];
  readonly elsewhere: readonly ElsewhereKeeper[];
  readonly warnings: readonly string[];
}

/** Where Argo CD's Applications are, if the user may not list those of all namespaces. */
const argoNamespace = 'argocd';

export async function lookForKeepers(cluster: Cluster, workload: ClusterObject): Promise<SeenKeepers> {
  const seen = await Promise.all([
    lookForScalers(cluster, workload),
    ...trackersOf(workload).map((tracker) =>
      tracker.kind === 'Application'
        ? lookForApplication(cluster, workload, tracker)
        : lookForFlux(cluster, workload, tracker),
    ),
  ]);
  return {
    keepers: seen.flatMap(({ keepers = [] }) => keepers),
    elsewhere: seen.flatMap(({ elsewhere = [] }) => elsewhere),
    warnings: seen.flatMap(({ warnings = [] }) => warnings),
  };
}

async function lookForScalers(cluster: Cluster, workload: ClusterObject): Promise<Partial<SeenKeepers>> {
  const kind = leverOf({ kind: 'ScaledObject' });
  const all = await unlessForbidden(() => cluster.objects.list(kind, workload.namespace));
  if (all === undefined) return unseen(cluster, kind, `whether KEDA scales ${nameOf(workload)}`);
  const keepers = all.filter((one) => scales(one, workload)).map((one) => keeperOf(one, workload));
  return { keepers };
}

async function lookForFlux(
  cluster: Cluster,
  workload: ClusterObject,
  tracker: Tracker,
): Promise<Partial<SeenKeepers>> {
  const { namespace = workload.namespace, name } = tracker;
  let found: ClusterObject | undefined;
  try {
    found = await cluster.objects.read(leverOf(tracker), { namespace, name });
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return { elsewhere: [{ tracker, keeps: workload, why: 'you may not read it' }] };
  }
  if (found === undefined)
    return { elsewhere: [{ tracker, keeps: workload, why: 'it is not in this cluster' }] };
  if (!appliesHere(found))
    return { elsewhere: [{ tracker, keeps: workload, why: 'the one here is of another cluster' }] };
  return { keepers: [keeperOf(found, workload)] };
}

async function lookForApplication(
  cluster: Cluster,
  workload: ClusterObject,
  tracker: Tracker,
): Promise<Partial<SeenKeepers>> {
  const kind = leverOf(tracker);
  const all = await applications(cluster, [tracker.namespace ?? argoNamespace, workload.namespace]);
  const meant = meantApplications(all ?? [], tracker, workload);
  if (meant.length > 0) return { keepers: meant.map((one) => keeperOf(one, workload)) };
  if (tracker.isCertain) {
    const why = all === undefined ? 'you may not read it' : 'it is not in this cluster';
    return { elsewhere: [{ tracker, keeps: workload, why }] };
  }
  return all === undefined ? unseen(cluster, kind, `whether Argo CD keeps ${nameOf(workload)}`) : {};
}

/** All, or where those may not be listed, those of `namespaces`; undefined where none may be. */
async function applications(
  cluster: Cluster,
  namespaces: readonly string[],
): Promise<readonly ClusterObject[] | undefined> {
  const kind = leverOf({ kind: 'Application' });
  const all = await unlessForbidden(() => cluster.objects.list(kind));
  if (all !== undefined) return all;
  const some = await Promise.all(
    [...new Set(namespaces)].map((namespace) => unlessForbidden(() => cluster.objects.list(kind, namespace))),
  );
  const seen = some.filter((list) => list !== undefined);
  return seen.length === 0 ? undefined : seen.flat();
}

/** Kubernetes forbids before it says that there is no such API. */
async function unseen(cluster: Cluster, kind: ObjectKind, what: string): Promise<Partial<SeenKeepers>> {
  if (!(await cluster.objects.isServed(kind))) return {};
  return { warnings: [`you may not list ${kind.plural}: ${what} is not known`] };
}

export async function unlessForbidden<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}
