/** Codes of the failure matrix's step 2 that are about other runs: live, held, half-way, or not there. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { failedRestore, failureOf, leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { lockOf } from '../support/locks.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('[run-in-progress] a claim that a live run is restoring is left to it', async (scene) => {
  const { t, shop, app, operator } = scene;
  const claim = await shop.claim('data');
  await shop.apply(deployment('web', { claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  const backup = await app.fileBig(claim, { mebibytes: 16 });
  const proxy = await startTcpProxy(t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const live = operator.start(restoreArgs(scene, backup, '--server', proxy.server, '--operator', 'ann'));
  await Promise.race([proxy.held, live.exited]);
  const marked = await leftOn(shop);
  const failed = await failedRestore(scene, backup);
  const after = await leftOn(shop);
  proxy.release();
  const { exitCode, stderr } = await live.exited;

  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'run-in-progress',
    step: 2,
    message: 'persistentvolumeclaim/data is locked by run RUN by ann on HOST, since TIME',
    next: ['kubectl nkvm cleanup RUN -n NS'],
  });
  assert.deepEqual(after, marked);
  assert.equal(exitCode, 0, stderr);
});

clusterTest('[run-in-progress] a lock that is of no run is ended by what can be typed', async (scene) => {
  const { shop, app } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  const lock = lockOf(claim, '2026-01-02T03:04:05.000000Z');
  await shop.apply({ ...lock, spec: { holderIdentity: 'somebody' } });
  await shop.kubectl(['annotate', 'lease', '--all', 'nkvm.dev/held=2026-01-02T03:04:05Z']);

  const failed = await failedRestore(scene, backup);

  const lease = `nkvm-${claim.uid}`;
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'run-in-progress',
    step: 2,
    message: `persistentvolumeclaim/data is locked by lease/${lease}, and its holder is no run`,
    next: [
      `kubectl -n NS get lease ${lease} -o yaml`,
      `kubectl -n NS delete lease ${lease}   # when nobody needs it`,
    ],
  });
});

clusterTest('[run-in-progress] a workload that a run holds is left to that run', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  const held = await operator.run(restoreArgs(scene, backup, '--hold', '--operator', 'ann'));
  assert.equal(held.exitCode, 0, held.stderr);
  const marked = await leftOn(shop);
  const failed = await failedRestore(scene, backup);
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'run-in-progress',
    step: 2,
    message: 'persistentvolumeclaim/data is held by run RUN by ann on HOST, since TIME',
    next: ['kubectl nkvm restore --continue RUN -n NS', 'kubectl nkvm cleanup RUN --resume -n NS'],
  });
  assert.deepEqual(await leftOn(shop), marked);
});

clusterTest('[workload-changed] a held workload that was changed is not resumed as it was', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);
  await shop.kubectl(['scale', 'deployment/web', '--replicas=1']);
  const marked = await leftOn(shop);
  const continued = ['restore', '--continue', run, '-n', shop.name, '--yes', '-o', 'json'];
  assert.deepEqual(failureOf(scene, await operator.run(continued)), {
    exitCode: 12,
    code: 'workload-changed',
    step: 2,
    message: 'deployment/web was changed since run RUN was held: it asks for 1 replicas now',
    next: ['kubectl nkvm cleanup RUN --resume -n NS'],
  });
  assert.deepEqual(await leftOn(shop), marked);
});

clusterTest('[run-unknown] a run that holds nothing cannot be continued', async (scene) => {
  const { shop, operator } = scene;
  const run = '20260102030405-bcdfg';
  const continued = ['restore', '--continue', run, '-n', shop.name, '--yes', '-o', 'json'];
  assert.deepEqual(failureOf(scene, await operator.run(continued)), {
    exitCode: 12,
    code: 'run-unknown',
    step: 2,
    message: 'no workload in namespace NS is held by run RUN',
    next: [],
  });
});

clusterTest(
  '[record-unreadable] a record that cannot be read ends the run before anything is stopped',
  async (scene) => {
    const { shop, app, operator } = scene;
    const backup = await app.backUp(await shop.claim('data'));
    await shop.apply(deployment('app', { claims: ['data'] }), deployment('web', { claims: ['data'] }));
    await shop.rolledOut('deployment/app');
    const earlier = `nkvm.dev/earlier={"spec":{"replicas":"x"}}`;
    await shop.kubectl(['annotate', 'deployment/web', earlier]);
    const marked = await leftOn(shop);

    const planned = await operator.run(restoreArgs(scene, backup, '--dry-run'));
    const failed = await failedRestore(scene, backup);

    assert.deepEqual(
      [planned.exitCode, failed],
      [
        12,
        {
          exitCode: 12,
          code: 'record-unreadable',
          step: 2,
          message:
            'the nkvm.dev/ annotations are not what this tool writes, and what was there before is not known: deployment/web in namespace NS',
          next: [
            'kubectl -n NS get deployments.apps/web -o yaml',
            'kubectl -n NS annotate deployments.apps/web nkvm.dev/earlier-   # once it has what it had',
          ],
        },
      ],
    );
    assert.deepEqual([await leftOn(shop), operator.records()], [marked, []]);
  },
);

clusterTest('[claim-half-written] a workload waits for all of its claims', async (scene) => {
  const { t, shop, app, operator } = scene;
  const orders = await shop.claim('orders');
  const prices = await shop.claim('prices');
  await shop.apply(deployment('web', { claims: ['orders', 'prices'] }));
  await shop.rolledOut('deployment/web');
  const backupOfOrders = await app.fileBig(orders, { mebibytes: 16 });
  const backupOfPrices = await app.backUp(prices);
  const proxy = await startTcpProxy(t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const half = operator.start(restoreArgs(scene, backupOfOrders, '--server', proxy.server, '--retries', '0'));
  await Promise.race([proxy.held, half.exited]);
  proxy.cut();
  const { exitCode, stderr } = await half.exited;
  assert.equal(exitCode, 14, stderr);
  const marked = await leftOn(shop);

  const failed = await failedRestore(scene, backupOfPrices);
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'claim-half-written',
    step: 2,
    message: 'deployment/web also mounts orders, half-written since TIME by run RUN',
    next: ['kubectl nkvm restore orders -n NS   # its newest backup, all of it'],
  });
  assert.deepEqual(await leftOn(shop), marked);
  const mended = await operator.run(restoreArgs(scene, backupOfOrders));
  assert.equal(mended.exitCode, 0, mended.stderr);
  assert.deepEqual(await leftOn(shop), [
    'Deployment/web at 1',
    'PersistentVolumeClaim/orders',
    'PersistentVolumeClaim/prices',
  ]);
});
