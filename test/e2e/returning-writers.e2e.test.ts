/** Writers that something starts again between step 2 and the first byte: nothing is written under them. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest } from '../support/cluster-test.ts';
import { failureOf, leftOn, restoreArgs } from '../support/failed-restore.ts';
import { openShop } from '../support/stopping-points.ts';

clusterTest('a writer that comes back while the restore pod starts stops the run', async (scene) => {
  const { shop, operator } = scene;
  const { claim, backup } = await openShop(scene, {});
  const volumeMounts = [{ name: 'target', mountPath: '/restore' }];
  const command = ['sh', '-c', 'until [ -e /restore/go ]; do sleep 0.2; done'];
  const initContainers = [{ name: 'wait', image: 'nkvm.local/busybox:1', command, volumeMounts }];
  const overrides = JSON.stringify({ spec: { initContainers } });
  const running = operator.start(restoreArgs(scene, backup, '--overrides', overrides));
  await running.until(/pod\/nkvm-restore-\S+ created/);

  await shop.kubectl(['scale', 'deployment/orders', '--replicas=1']);
  await shop.rolledOut('deployment/orders');
  writeFileSync(join(claim.folder, 'go'), '');

  const { exitCode, code, message } = failureOf(scene, await running.exited);
  assert.deepEqual(
    { exitCode, code, message: message.replace(/orders-[\w-]+/, 'POD'), left: await leftOn(shop) },
    {
      exitCode: 12,
      code: 'writers-not-stopped',
      message: 'pods came back with the claim while the restore pod started: POD; nothing was written',
      left: ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'],
    },
  );
  assert.deepEqual(readdirSync(claim.folder).sort(), ['go', 'orders.log']);
});
