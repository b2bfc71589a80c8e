import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillVolume } from '../support/backups.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { clusterState, volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('a volume comes back identical', async ({ shop, app, operator }) => {
  const claim = await shop.claim('orders-data');
  fillVolume(claim.folder);
  const before = volumeState(claim.folder);
  console.log(Object.entries(before).slice(0, 60));
  await app.backUp(claim);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
  await shop.rolledOut('deployment/orders');
  const objects = await clusterState(shop);
  rmSync(join(claim.folder, 'deep'), { recursive: true });
  writeFileSync(join(claim.folder, 'plain.txt'), 'other');
  const result = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes', '--catalog', app.catalog]);
  console.log(result.stdout, result.stderr);
  assert.equal(result.exitCode, 0);
  assert.deepEqual(volumeState(claim.folder, ['orders.log']), before);
  assert.deepEqual(await clusterState(shop), objects);
});
