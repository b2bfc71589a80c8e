/** Permissions as the Role that grants them. */
import type { Permission } from '../cluster/cluster.ts';

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

/** YAML for `kubectl apply`. */
export function roleManifest(role: RbacRole, namespace?: string): string {
  const { kind, name, purpose, needed, optional } = role;
  const more = rulesOf(optional).map(ruleText).join('');
  return `# For ${purpose.replaceAll('`', '')}.
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: ${name}${namespace === undefined ? '' : `\n  namespace: ${namespace}`}
rules:
${rulesOf(needed).map(ruleText).join('')}${more && `  # Not needed: the command goes on without, and says what it could not see.\n${more}`}`;
}

function ruleText({ group, resources, verbs }: RbacRule): string {
  return `  - apiGroups: ["${group}"]
    resources: [${resources.join(', ')}]
    verbs: [${verbs.join(', ')}]
`;
}
