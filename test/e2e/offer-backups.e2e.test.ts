/** `restore` with no backup named: a backup is chosen, then the same terminal asks whether to restore it. */
import assert from 'node:assert/strict';
import { InClusterApp } from '../support/app.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn } from '../support/failed-restore.ts';
import { accountWith } from '../support/least-permissions.ts';
import { openShop } from '../support/stopping-points.ts';
import { startInTerminal } from '../support/terminal.ts';

clusterTest('a backup that was chosen with the arrow keys is restored after a yes', async (scene) => {
  const { shop, app, operator, backup } = await openShop(scene, {});
  const args = ['restore', '-n', shop.name, '--catalog', app.catalog];
  const { running, type } = startInTerminal(scene.t, operator, args);
  await running.until(`> ${backup.id} `);
  type('\r');
  await running.until(/Restore into \S+\/orders-data\? \[y\/N\] /);
  type('y\n');
  const { exitCode, stderr } = await running.exited;
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, new RegExp(`chosen: backup/${backup.id} of ${shop.name}/orders-data\r\n`));
  assert.deepEqual(await leftOn(shop), ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data']);
});

clusterTest(
  'a backup that was chosen of an app that is down is planned, and no pod of ours stays',
  async (scene) => {
    const { t, shop, operator } = scene;
    const orders = await shop.claim('orders');
    await InClusterApp.start(scene, { replicas: 0 }, (backups) => backups.backUp(orders));
    const { kubeconfig } = await accountWith({
      t,
      shop,
      roles: ['nkvm-app-catalog', 'nkvm-app-reader', 'nkvm-restore'],
    });
    const args = ['restore', '-n', shop.name, '--catalog', 'app', '--kubeconfig', kubeconfig];
    const { running, type } = startInTerminal(t, operator, args);
    await running.until('> 1 ');
    type('\r');
    await running.until(/Restore into \S+\/orders\? \[y\/N\] /);
    type('n\n');
    const { exitCode, stderr } = await running.exited;
    assert.deepEqual({ exitCode, pods: await shop.list('pods') }, { exitCode: 130, pods: [] }, stderr);
  },
);
