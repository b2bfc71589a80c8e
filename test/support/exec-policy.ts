/** An API server that lets only some users run commands in a test's pods. */
import { kubectl } from './cluster.ts';
import { type TestNamespace, until } from './namespace.ts';

const message = 'not your shift';

/** Runs `body` while exec is refused unless the CEL expression holds. `pod` is one that runs. */
export async function whileExecNeeds(
  shop: TestNamespace,
  { allowed, pod }: { readonly allowed: string; readonly pod: string },
  body: () => Promise<void>,
): Promise<void> {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: `${shop.name}-exec` };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': shop.name } };
  await shop.apply(
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: allowed, message }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: metadata.name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector },
      },
    },
  );
  try {
    // The API server takes a moment to see it.
    await until(() =>
      shop.kubectl(['exec', pod, '--', 'true']).then(
        () => false,
        (error: unknown) => error instanceof Error && error.message.includes(message),
      ),
    );
    await body();
  } finally {
    const kinds = 'validatingadmissionpolicybinding,validatingadmissionpolicy';
    await kubectl(['delete', kinds, metadata.name]);
  }
}
