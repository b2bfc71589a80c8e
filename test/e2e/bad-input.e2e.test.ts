/** What the cluster says no to before anything is changed: exit 12, naming the thing and what to do. */
import assert from 'node:assert/strict';
import { requiredPermissions } from '../../src/runbook/permissions.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf, restoreArgs } from '../support/failed-restore.ts';
import { grant } from '../support/kubeconfig.ts';
import { Operator } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';
import { wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

interface BadInput {
  readonly title: string;
  readonly flags: (scene: Scene) => readonly string[];
  readonly code: string;
  readonly message: string;
}

const cases: readonly BadInput[] = [
  {
    title: 'a claim that does not exist',
    flags: ({ shop }) => ['--target', `${shop.name}/order-data`],
    code: 'claim-unusable',
    message:
      'persistentvolumeclaim/order-data in namespace NS does not exist; there are: orders-data, other-data',
  },
  {
    title: 'a namespace that does not exist',
    flags: ({ shop }) => ['--target', `${shop.name}-2/orders-data`],
    code: 'claim-unusable',
    message: 'namespace NS-2 does not exist in this cluster',
  },
  {
    title: 'a named workload that does not mount the claim',
    flags: () => ['--workload', 'deploy/other', '--workload', 'sts/reports', '--workload', 'deploy/orders'],
    code: 'workload-mismatch',
    message:
      'deployment/other, statefulset/reports does not mount orders-data; deployment/orders, deployment/reports does',
  },
  {
    title: 'a writer that is not named',
    flags: () => ['--workload', 'deployment/orders'],
    code: 'workload-mismatch',
    message: 'deployment/reports mounts orders-data too and is not named',
  },
  {
    title: 'a user who may do nothing',
    flags: () => ['--as', 'nobody'],
    code: 'permission-missing',
    message: 'in namespace NS you may not:',
  },
];

clusterTest('what cannot be restored into is exit 12 before anything is changed', async (scene) => {
  const { shop, app } = scene;
  const { backup } = await openShop(scene, {});
  await shop.claim('other-data');
  await shop.apply(
    deployment('reports', { claims: ['orders-data'], replicas: 1 }),
    deployment('other', { claims: ['other-data'], replicas: 0 }),
  );
  await shop.rolledOut('deployment/reports');
  const before = await wholeObjects(shop);
  for (const { title, flags, code, message } of cases) {
    await scene.t.test(title, async (t) => {
      const operator = new Operator(t);
      const result = await operator.run(restoreArgs(scene, backup, ...flags(scene)));
      const { exitCode, ...failure } = failureOf({ operator, app, shop }, result);
      assert.deepEqual({ exitCode, code: failure.code, step: failure.step }, { exitCode: 12, code, step: 2 });
      assert.equal(failure.message.slice(0, message.length), message);
      assert.match(result.stderr, /what to do: \S/);
      assert.deepEqual(await wholeObjects(shop), before);
      assert.deepEqual(operator.records(), []);
    });
  }
});

clusterTest('each verb that steps 2 to 6 need is asked for, and named when it is missing', async (scene) => {
  const { shop, app, operator } = scene;
  const { backup } = await openShop(scene, {});
  const before = await wholeObjects(shop);
  for (const { verb, group, resource } of requiredPermissions) {
    const granted = requiredPermissions.filter(
      (one) => one.verb !== verb || one.group !== group || one.resource !== resource,
    );
    await grant(shop, granted, { kind: 'User', name: 'keeper' });
    const result = await operator.run(restoreArgs(scene, backup, '--as', 'keeper'));
    const { exitCode, code, message } = failureOf({ operator, app, shop }, result);
    const name = `${verb} ${group === '' ? resource : `${resource}.${group}`}`;
    assert.deepEqual(
      { exitCode, code, message },
      { exitCode: 12, code: 'permission-missing', message: `in namespace NS you may not: ${name}` },
    );
  }
  assert.deepEqual(await wholeObjects(shop), before);
});
