/** Step 5.4 with rollouts that `kubectl rollout status` would wait for in vain, or longer than asked. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, restoreArgs } from '../support/failed-restore.ts';
import { deployment } from '../support/workloads.ts';

const claims = ['data'];

clusterTest('a paused Deployment whose change waits comes back as it was', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(deployment('web', { claims }));
  await shop.rolledOut('deployment/web');
  await shop.kubectl(['rollout', 'pause', 'deployment/web']);
  await shop.kubectl(['set', 'env', 'deployment/web', 'REVISION=2']);

  const restored = await operator.run(restoreArgs(scene, backup, '--rollout-timeout', '20s'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.doesNotMatch(restored.stderr, /warning: .*earlier revision/);
  assert.deepEqual(await leftOn(shop), ['Deployment/web at 1', 'PersistentVolumeClaim/data']);
  const [{ spec } = {}] = await shop.list('pods');
  assert.doesNotMatch(JSON.stringify(spec), /REVISION/);
});

clusterTest('minReadySeconds come on top of --rollout-timeout', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(deployment('web', { claims, spec: { minReadySeconds: 12 } }));
  await shop.rolledOut('deployment/web');

  const restored = await operator.run(restoreArgs(scene, backup, '--rollout-timeout', '10s'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(await leftOn(shop), ['Deployment/web at 1', 'PersistentVolumeClaim/data']);
});
