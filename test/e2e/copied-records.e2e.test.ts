/** What controllers keep of a record, or of how something was stopped: `kubectl rollout undo` would bring it back. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import type { TestNamespace } from '../support/namespace.ts';
import { daemonSet } from '../support/other-workloads.ts';
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

clusterTest('no revision of a DaemonSet takes it off all nodes when it is rolled back', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  const withRevision = (revision: string) =>
    daemonSet('agent', { claims: ['data'], container: { env: [{ name: 'REVISION', value: revision }] } });
  await shop.apply(withRevision('1'));
  await shop.rolledOut('daemonset/agent');
  await shop.apply(withRevision('2'));
  await shop.rolledOut('daemonset/agent');
  const before = await revisionsOf(shop);

  const restored = await operator.run(restoreArgs(scene, backup));
  const afterRestore = await revisionsOf(shop);
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  const whileHeld = await revisionsOf(shop);
  const { run } = recordOf(held.stdout, held.stderr);
  const cleaned = await new Operator(t).run(['cleanup', run, '--resume', '-n', shop.name]);
  const afterCleanup = await revisionsOf(shop);
  await shop.kubectl(['rollout', 'undo', 'daemonset/agent']);
  await shop.rolledOut('daemonset/agent');

  assert.deepEqual(
    {
      exitCodes: [restored, held, cleaned].map(({ exitCode }) => exitCode),
      revisions: [before.length, whileHeld.length],
      afterRestore,
      afterCleanup,
    },
    { exitCodes: [0, 0, 0], revisions: [2, 3], afterRestore: before, afterCleanup: before },
    restored.stderr + cleaned.stderr,
  );
  const agent = await shop.get('daemonset/agent');
  assert.deepEqual(agent.status?.['numberReady'], 1, JSON.stringify(agent.spec));
});

async function revisionsOf(shop: TestNamespace): Promise<readonly string[]> {
  return (await shop.list('controllerrevisions')).map(({ metadata }) => metadata.name).sort();
}
