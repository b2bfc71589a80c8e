/** `restore` with no backup named: a backup is chosen, then the same terminal asks whether to restore it. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn } from '../support/failed-restore.ts';
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
