/** What is said where the app is closed to the user: what is missing, the Role that would grant it, and the way out. */
import { CatalogError } from '../catalog/catalog-error.ts';
import type { Permission } from '../cluster/cluster.ts';
import { appPermissions, missingPermissions } from '../runbook/permissions.ts';
import { roleManifest } from '../runbook/role-manifest.ts';
import type { Run } from '../runbook/run.ts';

export interface ClosedApp {
  readonly namespace: string;
  /** What could not be done: `the NKVM app cannot be looked for`. */
  readonly what: string;
  readonly cause?: unknown;
  /** What is needed for it, and the Role of deploy/rbac.yaml that has it; default: to read in the running app. */
  readonly needed?: readonly Permission[];
  readonly role?: string;
}

/** `app-forbidden`. Asks what exactly is missing. */
export async function appForbidden(run: Run, closed: ClosedApp): Promise<CatalogError> {
  const { namespace, what, cause, needed = appPermissions } = closed;
  const { access } = run.cluster;
  const [missing, user] = await Promise.all([
    missingPermissions(run.cluster, namespace, needed),
    access.whoAmI().catch(() => undefined),
  ]);
  // What a webhook refuses, RBAC may allow.
  const verbs = missing.length === 0 ? '' : `: in namespace ${namespace} you may not ${missing.join(', ')}`;
  return new CatalogError('app-forbidden', `${what}${verbs}`, {
    action:
      'Have the Role below granted, name the app with --catalog app:NAMESPACE/DEPLOYMENT if it is elsewhere, or copy backups.db out of it and name that with --catalog PATH.',
    cause,
    manifest: manifestFor(closed, user),
  });
}

function manifestFor(
  { namespace, needed = appPermissions, role = 'nkvm-app-catalog' }: ClosedApp,
  user: string | undefined,
): string {
  const purpose = '`--catalog app`';
  const granted = roleManifest({ kind: 'Role', name: role, purpose, needed, optional: [] }, namespace);
  if (user === undefined) return granted;
  return `${granted}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ${role}
  namespace: ${namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${role}
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: ${JSON.stringify(user)}
`;
}
