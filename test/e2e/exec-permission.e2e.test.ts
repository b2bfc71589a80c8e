/** Which verbs exec needs of which Kubernetes: what docs/rbac.md says of the versions, asked of the one under test. */
import assert from 'node:assert/strict';
import { connectCluster } from '../../src/cluster/connect.ts';
import { isStatus } from '../../src/cluster/connection-error.ts';
import { execCreateFromMinor } from '../../src/runbook/permissions.ts';
import { cluster, serverMinor } from '../support/cluster.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { type TestNamespace, until } from '../support/namespace.ts';
import { deployment } from '../support/workloads.ts';

clusterTest(
  'exec needs `create pods/exec` from exactly the minor that is documented, and `get` always',
  async (scene) => {
    const { shop } = scene;
    await shop.apply(deployment('web', { container: { command: ['sleep', '3600'] } }));
    await shop.rolledOut('deployment/web');
    const name = (await shop.kubectl(['get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}'])).trim();
    const minor = await serverMinor();
    const may = async (...verbs: readonly string[]): Promise<boolean> => {
      const user = `keeper-${verbs.join('-')}`;
      await letExec(shop, user, verbs);
      const connected = connectCluster(
        { kubeconfig: cluster().kubeconfig, env: {} },
        { insecureSkipTlsVerify: false },
        {
          requestTimeoutSeconds: 0,
          now: () => new Date(),
          impersonate: { user, groups: [] },
          isInteractive: false,
          signal: new AbortController().signal,
        },
      );
      try {
        return (await connected.exec({ namespace: shop.name, name }, ['true'])).exitCode === 0;
      } catch (error) {
        assert.ok(isStatus(error, 403), String(error));
        return false;
      } finally {
        await connected.close();
      }
    };
    assert.deepEqual(
      { get: await may('get'), create: await may('create'), both: await may('get', 'create') },
      { get: minor < execCreateFromMinor, create: false, both: true },
      `Kubernetes 1.${minor}`,
    );
  },
);

/** Resolves when the API server knows. */
async function letExec(shop: TestNamespace, user: string, verbs: readonly string[]): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: user };
  const [apiGroup = ''] = apiVersion.split('/');
  await shop.apply(
    { apiVersion, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs }] },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: user },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  );
  const question = ['auth', 'can-i', verbs.at(-1) ?? '', 'pods', '--subresource=exec', `--as=${user}`];
  await until(() => shop.kubectl(question).then(Boolean, () => false));
}
