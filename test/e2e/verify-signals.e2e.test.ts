/** Ctrl-C and a lost machine while `verify` reads a volume beside the running workload. */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, steady } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { Operator, type RunningPlugin } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';

const asFound = ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'];
const pod = 'Pod/nkvm-verify-RUN';

clusterTest('a signal removes the verify pod', async (scene) => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const) {
    const running = await verifying(scene);
    running.kill(signal);
    const { exitCode, stderr } = await running.exited;
    assert.deepEqual([signal, exitCode, await leftOn(scene.shop)], [signal, status, asFound], stderr);
  }
});

clusterTest('a second Ctrl-C says that the verify pod may be left', async (scene) => {
  const { shop } = scene;
  const finalizer = 'nkvm.dev/test';
  const overrides = JSON.stringify({ metadata: { finalizers: [finalizer] } });
  const running = await verifying(scene, '--overrides', overrides);
  running.kill('SIGINT');
  const pods = () => shop.list('pods', '-l', 'nkvm.dev/run');
  await until(async () => (await pods()).some(({ metadata }) => 'deletionTimestamp' in metadata));
  running.kill('SIGINT');
  const { exitCode, stderr } = await running.exited;
  const left = await leftOn(shop);
  const [found] = await pods();
  await shop.kubectl([
    'patch',
    `pod/${found?.metadata.name}`,
    '--type=merge',
    '-p',
    '{"metadata":{"finalizers":null}}',
  ]);
  assert.deepEqual(
    { exitCode, said: steady(shop, stderr.split('leaving at once; ')[1] ?? stderr), left },
    {
      exitCode: 130,
      said:
        'the pod of run RUN may be left on the cluster\n' + 'next: kubectl nkvm cleanup RUN --force -n NS\n',
      left: [...asFound, pod],
    },
  );
});

clusterTest('cleanup on another machine removes the pod of a killed verify', async (scene) => {
  const running = await verifying(scene);
  running.kill('SIGKILL');
  await running.exited;
  const killed = await leftOn(scene.shop);
  const other = new Operator(scene.t);
  const { exitCode } = await other.run(['cleanup', '--force', '-n', scene.shop.name]);
  assert.deepEqual(
    { killed, exitCode, left: await leftOn(scene.shop) },
    { killed: [...asFound, pod], exitCode: 0, left: asFound },
  );
});

/** The comparison reads every file of the volume: one that takes minutes to read, and no room. */
async function verifying(scene: Scene, ...flags: readonly string[]): Promise<RunningPlugin> {
  const { shop, operator, app } = scene;
  const isOpen = (await shop.list('deployments')).length > 0;
  if (!isOpen) {
    const { claim } = await openShop(scene, {});
    const sparse = join(claim.folder, 'sparse');
    writeFileSync(sparse, '');
    truncateSync(sparse, 64 * 2 ** 30);
  }
  const running = operator.start(['verify', 'backup/1', '--catalog', app.catalog, ...flags]);
  await running.until('Step 5.1: ');
  return running;
}
