/** A Deployment's controller copies the record to the ReplicaSet, from where `kubectl rollout undo` would bring it back. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import { Operator } from '../support/plugin.ts';
import { clusterState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('no ReplicaSet keeps a copy of what was recorded on its Deployment', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(deployment('web', { claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  const before = await clusterState(shop, 'replicasets');
  const settled = async () => {
    await shop.rolledOut('deployment/web');
    return clusterState(shop, 'replicasets');
  };

  const restored = await operator.run(restoreArgs(scene, backup));
  const afterRestore = await settled();
  const noPod = ['--helper-image', 'nkvm.local/none:1', '--pod-timeout', '3s'];
  const failed = await operator.run(restoreArgs(scene, backup, ...noPod));
  const afterFailure = await settled();
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);
  const cleaned = await new Operator(t).run(['cleanup', run, '--resume', '-n', shop.name]);
  const afterCleanup = await settled();

  assert.deepEqual(
    {
      exitCodes: [restored, failed, held, cleaned].map(({ exitCode }) => exitCode),
      afterRestore,
      afterFailure,
      afterCleanup,
    },
    { exitCodes: [0, 13, 0, 0], afterRestore: before, afterFailure: before, afterCleanup: before },
  );
});
