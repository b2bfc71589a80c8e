/** What each command asks of RBAC, in one place: the README's Role is made of the same list. */
import type { Cluster, Permission } from '../cluster/cluster.ts';

function verbs(group: string, resource: string, ...list: readonly string[]): Permission[] {
  return list.map((verb) => ({ verb, group, resource }));
}

const readWriters: readonly Permission[] = [
  ...verbs('', 'pods', 'get', 'list'),
  ...verbs('apps', 'deployments', 'get', 'list'),
  ...verbs('apps', 'statefulsets', 'get', 'list'),
  ...verbs('apps', 'replicasets', 'list'),
  ...verbs('apps', 'daemonsets', 'list'),
  ...verbs('', 'replicationcontrollers', 'list'),
  ...verbs('batch', 'jobs', 'list'),
  ...verbs('batch', 'cronjobs', 'list'),
];

/** Steps 2 to 6 of `restore`. */
export const requiredPermissions: readonly Permission[] = [
  ...readWriters,
  ...verbs('', 'persistentvolumeclaims', 'get', 'list', 'patch'),
  ...verbs('apps', 'deployments', 'patch'),
  ...verbs('apps', 'statefulsets', 'patch'),
  ...verbs('', 'pods', 'create', 'patch', 'delete'),
  // WebSocket exec is a `get` up to Kubernetes 1.34 and also a `create` from 1.35 on.
  ...verbs('', 'pods/exec', 'get', 'create'),
  // The lock of the claim.
  ...verbs('coordination.k8s.io', 'leases', 'get', 'create', 'patch', 'delete'),
];

export const verifyPermissions: readonly Permission[] = [
  ...verbs('', 'persistentvolumeclaims', 'get', 'list'),
  ...verbs('', 'pods', 'get', 'list', 'create', 'patch', 'delete'),
  ...verbs('', 'pods/exec', 'get', 'create'),
];

/** `--safety snapshot`. The class and the driver are looked up where the user may, in the whole cluster. */
export const snapshotPermissions: readonly Permission[] = [
  ...verbs('snapshot.storage.k8s.io', 'volumesnapshots', 'get', 'create', 'delete'),
];

/** What only explains failures: a restore goes on without it, and says so. */
export const optionalPermissions: readonly Permission[] = [
  ...verbs('', 'events', 'list'),
  ...verbs('', 'pods/log', 'get'),
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
