/** A person at a terminal: the question, Ctrl-C at it, Ctrl-C twice, and a terminal that goes away. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, recordOf, steady } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { Operator } from '../support/plugin.ts';
import { openShop, type Shop, stoppingPoints } from '../support/stopping-points.ts';
import { ctrlC, startInTerminal } from '../support/terminal.ts';
import { wholeObjects } from '../support/volume-state.ts';

const asFound = ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'];
const question = /Restore into \S+\/orders-data\? \[y\/N\] /;

for (const { what, keys, words } of [
  { what: 'Ctrl-C', keys: ctrlC, words: 'interrupted by SIGINT' },
  { what: 'no', keys: 'n\n', words: 'cancelled, nothing was changed' },
  { what: 'Enter', keys: '\n', words: 'cancelled, nothing was changed' },
]) {
  clusterTest(`${what} at the question changes nothing`, async (scene) => {
    const shop = await openShop(scene, {});
    const before = await wholeObjects(shop.shop);
    const { running, type } = startInTerminal(scene.t, shop.operator, restoreAsked(shop));
    await running.until(question);

    type(keys);
    const { exitCode, stderr } = await running.exited;

    assert.equal(exitCode, 130, stderr);
    assert.match(stderr, new RegExp(`error: ${words}`));
    assert.deepEqual(await wholeObjects(shop.shop), before);
    assert.deepEqual(shop.operator.records(), []);
  });
}

clusterTest('yes at the question restores', async (scene) => {
  const shop = await openShop(scene, {});
  const { running, type } = startInTerminal(scene.t, shop.operator, restoreAsked(shop));
  await running.until(question);
  type('yes\n');
  const { exitCode, stderr } = await running.exited;
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(await leftOn(shop.shop), asFound);
});

clusterTest('a terminal that goes away ends the run in order', async (scene) => {
  const shop = await openShop(scene, {});
  const { running, type, hangUp } = startInTerminal(scene.t, shop.operator, [
    ...restoreAsked(shop),
    '--check',
    'sleep 600',
  ]);
  await running.until(question);
  type('y\n');
  await running.until('Step 5.2: ');

  hangUp();

  await until(async () => shop.operator.records().some(({ outcome }) => outcome !== 'running'));
  const [record] = shop.operator.records();
  assert.deepEqual(
    { outcome: record?.outcome, message: steady(shop.shop, record?.error?.message ?? '') },
    {
      outcome: 'interrupted',
      message:
        'interrupted by SIGHUP; writers stay stopped, the data is verified\nnext: kubectl nkvm cleanup RUN --resume -n NS',
    },
  );
  assert.deepEqual(await leftOn(shop.shop), [
    'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN',
    'PersistentVolumeClaim/orders-data',
  ]);
});

clusterTest('a second Ctrl-C leaves at once and says what is left', async (scene) => {
  const point = stoppingPoints.find(({ title }) => title.startsWith('step 6'));
  assert(point !== undefined);
  const shop = await openShop(scene, point);
  const running = await point.begin(shop, shop.operator);

  running.kill('SIGINT');
  // The pod does not go: the first one waits for it.
  await running.until('Step 6: ');
  running.kill('SIGINT');
  const { exitCode, stderr } = await running.exited;

  const left = await leftOn(shop.shop);
  await point.release?.(shop);
  assert.deepEqual(
    { exitCode, said: steady(shop.shop, stderr.split('leaving at once; ')[1] ?? stderr), left },
    {
      exitCode: 130,
      said:
        'left on the cluster: pod/nkvm-restore-RUN, deployment/orders at 0 (was 2)\n' +
        'next: kubectl nkvm cleanup RUN --force --resume -n NS\n',
      left: [
        'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN',
        'PersistentVolumeClaim/orders-data',
        'Pod/nkvm-restore-RUN',
      ],
    },
  );
  const [record] = shop.operator.records();
  assert.equal(record?.outcome, 'running');
  const other = new Operator(scene.t);
  const next = ['cleanup', record.run, '--force', '--resume', '-n', shop.shop.name];
  assert.equal((await other.run(next)).exitCode, 0);
  assert.deepEqual(await leftOn(shop.shop), asFound);
});

clusterTest('a signal after a failure leaves the failure’s exit status', async (scene) => {
  const shop = await openShop(scene, {});
  // The restore pod never becomes Ready, and then does not go.
  const overrides = JSON.stringify({ metadata: { finalizers: ['nkvm.dev/test'] } });
  const args = [
    ...['restore', `backup/${shop.backup.id}`, '--catalog', shop.app.catalog, '--yes', '-o', 'json'],
    ...['--helper-image', 'nkvm.local/none:1', '--pod-timeout', '1s', '--overrides', overrides],
  ];
  const running = shop.operator.start(args);
  await running.until('Step 6: ');
  running.kill('SIGINT');
  const release = stoppingPoints.find(({ title }) => title.startsWith('step 6'))?.release;
  await release?.(shop);
  const { exitCode, stdout, stderr } = await running.exited;
  const { outcome, error } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, outcome, code: error?.code, left: await leftOn(shop.shop) },
    { exitCode: 13, outcome: 'failed', code: 'pod-not-ready', left: asFound },
  );
});

function restoreAsked({ backup, app }: Shop): string[] {
  return ['restore', `backup/${backup.id}`, '--catalog', app.catalog];
}
