/** The Roles of deploy/rbac.yaml and docs/rbac.md, made of what the program asks for (src/runbook/permissions.ts). */
import {
  appPermissions,
  appSearchPermissions,
  cleanupOptionalPermissions,
  cleanupPermissions,
  clusterPermissions,
  gitopsPermissions,
  onlookerPermissions,
  optionalPermissions,
  readerPermissions,
  requiredPermissions,
  resumePermissions,
  revisionPermissions,
  scalerPermissions,
  snapshotPermissions,
  verifyOptionalPermissions,
  verifyPermissions,
  workloadPermissions,
} from '../src/runbook/permissions.ts';
import { type RbacRole, roleManifest } from '../src/runbook/role-manifest.ts';

export const roles: readonly RbacRole[] = [
  {
    kind: 'Role',
    name: 'nkvm-restore',
    purpose: '`restore`, also with `--hold`, `--continue` and `--dry-run=server`',
    needed: [...requiredPermissions, ...workloadPermissions],
    optional: [...optionalPermissions, ...onlookerPermissions, ...revisionPermissions],
  },
  {
    kind: 'Role',
    name: 'nkvm-snapshot',
    purpose: '`restore --safety snapshot`, in addition',
    needed: snapshotPermissions,
    optional: [],
  },
  {
    kind: 'ClusterRole',
    name: 'nkvm-keda',
    purpose: '`restore` and `cleanup` where KEDA scales a workload, in addition: in its namespace, or in all',
    needed: scalerPermissions,
    optional: [],
  },
  {
    kind: 'ClusterRole',
    name: 'nkvm-gitops',
    purpose:
      '`restore --pause-gitops` and its `cleanup`, in addition: in the namespaces of Argo CD and Flux, or in all',
    needed: gitopsPermissions,
    optional: [],
  },
  {
    kind: 'Role',
    name: 'nkvm-verify',
    purpose: '`verify`',
    needed: verifyPermissions,
    optional: verifyOptionalPermissions,
  },
  {
    kind: 'Role',
    name: 'nkvm-cleanup',
    purpose: '`cleanup`, also with `--resume`',
    needed: [...cleanupPermissions, ...resumePermissions],
    optional: [...cleanupOptionalPermissions, ...revisionPermissions],
  },
  {
    kind: 'Role',
    name: 'nkvm-app-catalog',
    purpose: '`--catalog app`, for every command that reads backups: in the namespace of the NKVM app',
    needed: appPermissions,
    optional: [],
  },
  {
    kind: 'Role',
    name: 'nkvm-app-reader',
    purpose: '`--catalog app` while no pod of the app runs, in addition: there too',
    needed: readerPermissions,
    optional: [],
  },
  {
    kind: 'ClusterRole',
    name: 'nkvm-app-search',
    purpose:
      '`--catalog app` without a name: to find the app in another namespace than its own, and a backup that runs',
    needed: [],
    optional: appSearchPermissions,
  },
  {
    kind: 'ClusterRole',
    name: 'nkvm-cluster',
    purpose: 'what is in no namespace, for every command',
    needed: [],
    optional: clusterPermissions,
  },
  {
    kind: 'ClusterRole',
    name: 'nkvm-cleanup-everywhere',
    purpose: '`cleanup -A`, also with `--resume`',
    needed: [...cleanupPermissions, ...resumePermissions],
    optional: [...cleanupOptionalPermissions, ...revisionPermissions],
  },
];

/** deploy/rbac.yaml whole. */
export function rbacManifest(): string {
  const header = `# Made by scripts/docs.ts from what the program asks for; docs/rbac.md says what is for whom.
# Roles without a namespace: kubectl apply -n NAMESPACE -f deploy/rbac.yaml
`;
  return header + roles.map((role) => `---\n${roleManifest(role)}`).join('');
}
