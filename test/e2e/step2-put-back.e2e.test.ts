/** The matrix' row of step 2 as it comes about: a controller that nobody knows, and that scales back whatever is done. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { clusterTest } from '../support/cluster-test.ts';
import { startController } from '../support/controller.ts';
import { failedRestore, leftOn } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { openShop } from '../support/stopping-points.ts';

clusterTest(
  '[writers-not-stopped] a controller that scales back is named, and nothing is written',
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

    const failed = await failedRestore(scene, backup, ['--quiesce-timeout', '15s']);

    const [held = '', back] = failed.message.split('\n');
    assert.deepEqual(
      { code: failed.code, exitCode: failed.exitCode, held: held.replaceAll(/orders-[\w-]+/g, 'POD'), back },
      {
        code: 'writers-not-stopped',
        exitCode: 12,
        held: 'after 15 s these pods still hold the claim: POD (Running on localhost, of ReplicaSet/POD); POD (Running on localhost, of ReplicaSet/POD)',
        back: '  deployment/orders was put back: spec.replicas is 2 again, by shop-operator (Update, TIME)',
      },
    );
    assert.deepEqual(await leftOn(shop), ['Deployment/orders at 2', `PersistentVolumeClaim/${claim.name}`]);
    assert.deepEqual(readdirSync(claim.folder), []);
  },
);
