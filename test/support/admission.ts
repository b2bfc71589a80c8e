/** An API server that refuses one kind of change in a test's namespace, as an organisation's policy would. */
import { kubectl } from './cluster.ts';
import { type TestNamespace, until } from './namespace.ts';

export interface Refusal {
  readonly apiGroup: string;
  readonly resource: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** CEL over `object` and `oldObject`: what is still allowed. */
  readonly allowed: string;
  readonly message: string;
  /** kubectl arguments of a change that the policy refuses; only ever run as a server-side dry run. */
  readonly probe: readonly string[];
}

/** Runs `body` while the refusal is in force. */
export async function whileRefused(
  shop: TestNamespace,
  { apiGroup, resource, operation, allowed, message, probe }: Refusal,
  body: () => Promise<void>,
): Promise<void> {
  const { name } = shop;
  const rule = {
    apiGroups: [apiGroup],
    apiVersions: ['v1'],
    operations: [operation],
    resources: [resource],
  };
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: allowed, message }],
    },
  };
  const binding = {
    ...policy,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } },
    },
  };
  await shop.apply(policy, binding);
  try {
    await until(() => isRefused(shop, probe, message));
    await body();
  } finally {
    const kinds = 'validatingadmissionpolicybinding,validatingadmissionpolicy';
    await kubectl(['delete', kinds, name]);
    await until(async () => !(await isRefused(shop, probe, message)));
  }
}

/** The API server takes a moment to see a policy, and a moment to forget it. */
async function isRefused(shop: TestNamespace, probe: readonly string[], message: string): Promise<boolean> {
  try {
    await shop.kubectl([...probe, '--dry-run=server']);
    return false;
  } catch (error) {
    if (error instanceof Error && error.message.includes(message)) return true;
    throw error;
  }
}
