/** The Roles of deploy/rbac.yaml and docs/rbac.md, made of what the program asks for (src/runbook/permissions.ts). */
import type { Permission } from '../src/cluster/cluster.ts';
import {
  cleanupOptionalPermissions,
  cleanupPermissions,
  clusterPermissions,
  gitopsPermissions,
  onlookerPermissions,
  optionalPermissions,
  requiredPermissions,
  resumePermissions,
  revisionPermissions,
  scalerPermissions,
  snapshotPermissions,
  verifyOptionalPermissions,
  verifyPermissions,
  workloadPermissions,
} from '../src/runbook/permissions.ts';

/** A Role or ClusterRole. */
export interface RbacRole {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  /** What it lets somebody do: the end of a sentence. */
  readonly purpose: string;
  readonly needed: readonly Permission[];
  /** The command goes on without these. */
  readonly optional: readonly Permission[];
}

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

export interface RbacRule {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A resource with all its verbs stands in one rule; resources of one group with the same verbs share it. */
export function rulesOf(permissions: readonly Permission[]): readonly RbacRule[] {
  const keyOf = ({ group, resource }: Permission): string => `${group} ${resource}`;
  const byResource = Map.groupBy(permissions, keyOf);
  const rules = [...byResource.values()].map((same) => ({
    group: same[0]?.group ?? '',
    resource: same[0]?.resource ?? '',
    verbs: [...new Set(same.map(({ verb }) => verb))],
  }));
  const byVerbs = Map.groupBy(rules, ({ group, verbs }) => `${group} ${verbs.join(' ')}`);
  return [...byVerbs.values()].map((alike) => ({
    group: alike[0]?.group ?? '',
    resources: alike.map(({ resource }) => resource),
    verbs: alike[0]?.verbs ?? [],
  }));
}

export function roleManifest({ kind, name, purpose, needed, optional }: RbacRole): string {
  const more = rulesOf(optional).map(ruleText).join('');
  return `# For ${purpose.replaceAll('`', '')}.
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: ${name}
rules:
${rulesOf(needed).map(ruleText).join('')}${more && `  # Not needed: the command goes on without, and says what it could not see.\n${more}`}`;
}

function ruleText({ group, resources, verbs }: RbacRule): string {
  return `  - apiGroups: ["${group}"]
    resources: [${resources.join(', ')}]
    verbs: [${verbs.join(', ')}]
`;
}
