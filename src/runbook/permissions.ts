/** What each command asks of RBAC, in one place: docs/rbac.md and deploy/rbac.yaml are made of the same lists. */
import type { Cluster, Permission } from '../cluster/cluster.ts';
import { groupOf, type ObjectKind } from '../domain/cluster-object.ts';
import { leverOf, workloadLevers } from '../domain/levers.ts';
import { RunbookError } from './failure-matrix.ts';

function verbs(group: string, resource: string, ...list: readonly string[]): Permission[] {
  return list.map((verb) => ({ verb, group, resource }));
}

/** Of a kind with a lever. */
function verbsOn(
  { apiVersions: [apiVersion], plural }: ObjectKind,
  ...list: readonly string[]
): Permission[] {
  return verbs(groupOf(apiVersion), plural, ...list);
}

/** The minor of Kubernetes 1 from which exec over WebSocket is not only a `get` but also a `create`. */
export const execCreateFromMinor = 35;

/** Steps 2 to 6 of `restore`, whoever writes. */
export const requiredPermissions: readonly Permission[] = [
  ...workloadLevers.flatMap((lever) => verbsOn(lever, 'list')),
  ...verbs('', 'persistentvolumeclaims', 'get', 'list', 'patch'),
  ...verbs('', 'pods', 'get', 'list', 'watch', 'create', 'patch', 'delete'),
  ...verbs('', 'pods/exec', 'get', 'create'),
  // The lock of the claim.
  ...verbs('coordination.k8s.io', 'leases', 'get', 'create', 'patch', 'delete'),
];

/** To stop what is of these kinds, and to give it back. */
export function stopPermissions(kinds: readonly ObjectKind[]): readonly Permission[] {
  return kinds.flatMap((kind) => verbsOn(kind, 'get', 'patch'));
}

/** To see that they stay stopped. */
export function watchPermissions(kinds: readonly ObjectKind[]): readonly Permission[] {
  return kinds.flatMap((kind) => verbsOn(kind, 'list', 'watch'));
}

/** For whatever starts pods. */
export const workloadPermissions = [...stopPermissions(workloadLevers), ...watchPermissions(workloadLevers)];

export const verifyPermissions: readonly Permission[] = [
  ...verbs('', 'persistentvolumeclaims', 'get', 'list'),
  ...verbs('', 'pods', 'get', 'list', 'create', 'patch', 'delete'),
  ...verbs('', 'pods/exec', 'get', 'create'),
];

/** `verify` without them: what the pod should be like is not taken over from the workload, failures are not explained. */
export const verifyOptionalPermissions: readonly Permission[] = [
  ...verbs('apps', 'deployments', 'list'),
  ...verbs('apps', 'statefulsets', 'list'),
  ...verbs('', 'events', 'list'),
];

/** `--catalog app` where no pod of the app runs, in addition: a pod of ours reads its claim. */
export const readerPermissions: readonly Permission[] = [
  ...verbs('', 'persistentvolumeclaims', 'get', 'list'),
  ...verbs('', 'pods', 'get', 'list', 'create', 'patch', 'delete'),
  ...verbs('', 'pods/exec', 'get', 'create'),
];

export const cleanupPermissions: readonly Permission[] = [
  ...verbs('', 'pods', 'get', 'list', 'delete'),
  ...verbs('', 'persistentvolumeclaims', 'get'),
  // The locks of runs, and those under which it works itself.
  ...verbs('coordination.k8s.io', 'leases', 'get', 'list', 'create', 'patch', 'delete'),
  ...workloadLevers.flatMap((lever) => verbsOn(lever, 'list')),
];

/** `cleanup --resume` in addition, whatever there is to give back. */
export const resumePermissions: readonly Permission[] = [
  ...stopPermissions(workloadLevers),
  // Whether what is given back runs on half-written data.
  ...verbs('', 'persistentvolumeclaims', 'list'),
];

/** `cleanup` without it: a snapshot that a run made is not named. */
export const cleanupOptionalPermissions: readonly Permission[] = [
  ...verbs('snapshot.storage.k8s.io', 'volumesnapshots', 'get'),
];

/** `--safety snapshot`. The class and the driver are looked up where the user may, in the whole cluster. */
export const snapshotPermissions: readonly Permission[] = [
  ...verbs('snapshot.storage.k8s.io', 'volumesnapshots', 'get', 'create', 'delete'),
];

/** `--catalog app`, in the namespace of the NKVM app: to find its pod, and to read in it. */
export const appPermissions: readonly Permission[] = [
  ...verbs('apps', 'deployments', 'get', 'list'),
  ...verbs('', 'pods', 'list'),
  ...verbs('', 'pods/exec', 'get', 'create'),
];

/** To look for the app in all namespaces, and for a backup that runs. */
export const appSearchPermissions: readonly Permission[] = [
  ...verbs('apps', 'deployments', 'list'),
  ...verbs('', 'namespaces', 'list'),
  ...verbs('', 'pods', 'list'),
];

const scalers = [leverOf({ kind: 'ScaledObject' })];
const gitops = ['Application', 'Kustomization', 'HelmRelease'].map((kind) => leverOf({ kind }));

/** KEDA's, in the namespace of the claim. */
export const scalerPermissions: readonly Permission[] = [
  ...stopPermissions(scalers),
  ...watchPermissions(scalers),
];

/** Argo CD's and Flux', mostly in other namespaces; Applications are looked for in all that may be listed. */
export const gitopsPermissions: readonly Permission[] = [
  ...stopPermissions(gitops),
  ...watchPermissions(gitops),
  ...verbs('argoproj.io', 'applicationsets', 'get'),
];

/** What does not stand in the way of scaling to 0, and is said to be there where it may be seen. */
export const onlookerPermissions: readonly Permission[] = [
  ...verbs('autoscaling', 'horizontalpodautoscalers', 'list'),
  ...verbs('policy', 'poddisruptionbudgets', 'list'),
];

/** Without it a DaemonSet that was stopped keeps a revision of that time, to which `kubectl rollout undo` would go. */
export const revisionPermissions: readonly Permission[] = [
  ...verbs('apps', 'controllerrevisions', 'list', 'delete'),
];

/** What only explains failures: a restore goes on without it, and says so. */
export const optionalPermissions: readonly Permission[] = [
  ...verbs('', 'events', 'list'),
  ...verbs('', 'pods/log', 'get'),
];

/** What is in no namespace. Every command goes on without it, and says what it could not see. */
export const clusterPermissions: readonly Permission[] = [
  ...verbs('', 'namespaces', 'get'),
  ...verbs('', 'persistentvolumes', 'get'),
  ...verbs('', 'nodes', 'get'),
  ...verbs('storage.k8s.io', 'storageclasses', 'get'),
  ...verbs('storage.k8s.io', 'volumeattachments', 'list'),
  ...verbs('snapshot.storage.k8s.io', 'volumesnapshotclasses', 'list'),
];

/** The missing ones as `verb resource.group`, as people write them. */
export async function missingPermissions(
  cluster: Cluster,
  namespace: string,
  permissions: readonly Permission[],
): Promise<readonly string[]> {
  const missing = await cluster.access.missing(namespace, permissions);
  return missing.map(
    ({ verb, group, resource }) => `${verb} ${group === '' ? resource : `${resource}.${group}`}`,
  );
}

/** Throws `permission-missing`, naming them. */
export async function requirePermissions(
  cluster: Cluster,
  namespace: string,
  permissions: readonly Permission[],
): Promise<void> {
  const missing = await missingPermissions(cluster, namespace, permissions);
  if (missing.length === 0) return;
  throw new RunbookError(
    'permission-missing',
    `in namespace ${namespace} you may not: ${missing.join(', ')}`,
  );
}
