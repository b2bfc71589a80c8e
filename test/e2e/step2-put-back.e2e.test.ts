/** The matrix' row of step 2 as it comes about: a controller that nobody knows, and that scales back whatever is done. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { clusterTest } from '../support/cluster-test.ts';
import { startController } from '../support/controller.ts';
import { failedRestore, failureOf, leftOn, restoreArgs } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { openShop } from '../support/stopping-points.ts';
import { barePod } from '../support/workloads.ts';

clusterTest(
  '[writers-not-stopped] a controller that scales back ends the wait at once, named, and nothing is written',
  async (scene) => {
    const { t, shop } = scene;
    // They take their time, so that the others are there before they are gone.
    const slow = { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] };
    const workload = { container: slow, pod: { terminationGracePeriodSeconds: 6 } };
    const { claim, backup } = await openShop(scene, { workload });
    const orders = { namespace: shop, ref: 'deployment/orders' };
    const { changes } = startController(t, {
      manager: 'shop-operator',
      watches: [orders],
      reconcile: (now) =>
        now?.spec?.['replicas'] === 2 ? undefined : { ...orders, patch: { spec: { replicas: 2 } } },
    });
    await shop.rolledOut('deployment/orders');
    await shop.kubectl(['scale', 'deployment/orders', '--replicas=0']);
    await until(async () => changes() === 1);
    await shop.rolledOut('deployment/orders');

    // With all the time that pods have to stop: it must not be waited for.
    const { exitCode, code, message, next } = await failedRestore(scene, backup);

    const [back, held] = message.split('; these pods still hold the claim: ');
    assert.deepEqual(
      { exitCode, code, back, next: next[0] },
      {
        exitCode: 12,
        code: 'writers-not-stopped',
        back: 'deployment/orders was put back: spec.replicas is 2 again, by shop-operator (Update, TIME)',
        next: 'kubectl -n NS get deployment/orders -o yaml --show-managed-fields',
      },
    );
    assert.match(held ?? '', /^orders-\S+ \(\w+ on localhost, of ReplicaSet\/orders-\w+/);
    assert.deepEqual(await leftOn(shop), ['Deployment/orders at 2', `PersistentVolumeClaim/${claim.name}`]);
    assert.deepEqual(readdirSync(claim.folder), []);
  },
);

clusterTest(
  'a pod that somebody makes with the claim while the writers stop is not waited for',
  async (scene) => {
    const { shop } = scene;
    const slow = { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] };
    const { backup } = await openShop(scene, {
      workload: { container: slow, pod: { terminationGracePeriodSeconds: 20 } },
    });
    await shop.rolledOut('deployment/orders');
    const running = scene.operator.start(restoreArgs(scene, backup));
    await running.until(/waiting for orders-/);

    await shop.apply(barePod('intruder', 'orders-data'));

    const { exitCode, code, message, next } = failureOf(scene, await running.exited);
    assert.deepEqual(
      { exitCode, code, what: message.split(';')[0], next: next[0], left: await leftOn(shop) },
      {
        exitCode: 12,
        code: 'writers-not-stopped',
        what: 'pod/intruder has come with orders-data, and has no owner that could be stopped',
        next: 'kubectl -n NS get pod/intruder -o yaml --show-managed-fields',
        left: ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'],
      },
    );
  },
);
