/** Two claims of one workload, restored at the same time: neither run starts it under the other. */
import assert from 'node:assert/strict';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { failedRestore, failureOf, leftOn, restoreArgs } from '../support/failed-restore.ts';
import { holdChanges } from '../support/held-changes.ts';
import { locksOf } from '../support/locks.ts';
import { Operator } from '../support/plugin.ts';
import { asFound, halfway, openStore } from '../support/two-claims.ts';
import { statefulSet } from '../support/workloads.ts';

clusterTest(
  '[run-in-progress] a workload that a live run stopped for another claim is left to it',
  async (scene) => {
    const store = await openStore(scene);
    const { live, proxy } = await halfway(store);
    const left = await leftOn(scene.shop);

    const refused = await failedRestore(store, store.prices);

    const after = await leftOn(scene.shop);
    proxy.release();
    const { exitCode, stderr } = await live.exited;
    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'run-in-progress',
      step: 2,
      message:
        'deployment/web is stopped for orders: persistentvolumeclaim/orders is locked by run RUN by ann on HOST, since TIME',
      next: ['kubectl nkvm cleanup RUN -n NS'],
    });
    assert.deepEqual(after, left);
    assert.deepEqual([exitCode, await leftOn(scene.shop)], [0, asFound], stderr);
  },
);

clusterTest(
  '[run-in-progress] of two runs that both saw a workload up, the second to stop it is refused',
  async (scene) => {
    const store = await openStore(scene);
    const late = await holdChanges(scene.t, { verb: 'patch', resource: 'deployments' });
    const second = new Operator(scene.t).start(restoreArgs(store, store.prices), {
      env: { KUBECONFIG: late.kubeconfig },
    });
    await Promise.race([late.reached, second.exited]);
    const { live, proxy } = await halfway(store);
    const left = await leftOn(scene.shop);

    late.release();
    const refused = failureOf(store, await second.exited);

    const after = await leftOn(scene.shop);
    proxy.release();
    const { exitCode, stderr } = await live.exited;
    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'run-in-progress',
      step: 2,
      message: 'deployment/web is stopped for orders by run RUN meanwhile',
      next: ['kubectl nkvm cleanup RUN --resume -n NS'],
    });
    assert.deepEqual(after, left);
    assert.deepEqual([exitCode, await leftOn(scene.shop)], [0, asFound], stderr);
  },
);

clusterTest(
  '[lock-lost] a run that sleeps while its workload is taken over for another claim changes nothing any more',
  async (scene) => {
    const store = await openStore(scene);
    const late = await holdChanges(scene.t, { verb: 'create', resource: 'pods' });
    const sleeper = store.operator.start(restoreArgs(store, store.orders), {
      env: { KUBECONFIG: late.kubeconfig },
    });
    await Promise.race([late.reached, sleeper.exited]);
    sleeper.kill('SIGSTOP');

    const taker = await new Operator(scene.t).run(restoreArgs(store, store.prices));

    const left = await leftOn(scene.shop);
    late.release();
    sleeper.kill('SIGCONT');
    const woken = await sleeper.exited;
    await scene.shop.kubectl(['wait', '--for=delete', 'pods', '-l', 'nkvm.dev/run', '--timeout=60s']);
    assert.deepEqual([taker.exitCode, left], [0, asFound], taker.stderr);
    assert.deepEqual(
      [failureOf(store, woken).code, await leftOn(scene.shop)],
      ['lock-lost', asFound],
      woken.stderr,
    );
  },
);

clusterTest(
  '[claim-half-written] another claim that is marked in the middle of a restore keeps the workload down',
  async (scene) => {
    const { shop } = scene;
    const store = await openStore(scene);
    const restore = scene.operator.start(restoreArgs(store, store.orders, '--check', 'sleep 5'));
    await restore.until('Step 5.2: ');
    const by = '20260102030405-bcdfg';
    const marks = ['nkvm.dev/half-written-since=2026-01-02T03:04:06Z', `nkvm.dev/half-written-by=${by}`];
    await shop.kubectl(['annotate', 'pvc/prices', ...marks]);

    const refused = failureOf(store, await restore.exited);

    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'claim-half-written',
      step: 2,
      message: 'deployment/web also mounts prices, half-written since TIME by run RUN',
      next: [
        'kubectl nkvm restore prices -n NS   # its newest backup, all of it',
        'kubectl nkvm cleanup RUN --resume -n NS   # runs the application on half-written data',
      ],
    });
    const mended = await scene.operator.run(restoreArgs(store, store.prices));
    assert.deepEqual([mended.exitCode, await leftOn(shop)], [0, asFound], mended.stderr);
  },
);

clusterTest(
  'of the ordinals of one StatefulSet that are restored at once none runs half-written',
  async (scene) => {
    const { t, shop, app } = scene;
    const backups: FiledBackup[] = [];
    for (const ordinal of [0, 1, 2])
      backups.push(await app.fileBig(await shop.claim(`data-db-${ordinal}`), { mebibytes: 2 }));
    await shop.apply(statefulSet('db', { replicas: 3 }));
    await shop.rolledOut('statefulset/db');

    const all = await Promise.all(
      backups.map((backup) => new Operator(t).run(restoreArgs(scene, backup, '--limit-rate', '1M'))),
    );

    const codes = all.filter(({ exitCode }) => exitCode !== 0).map((one) => failureOf(scene, one).code);
    assert(codes.length < all.length, all.map(({ stderr }) => stderr).join('\n'));
    assert.deepEqual(
      [...new Set(codes)].filter((code) => code !== 'run-in-progress'),
      [],
    );
    assert.deepEqual(
      [await leftOn(shop), await locksOf(shop)],
      [[...[0, 1, 2].map((one) => `PersistentVolumeClaim/data-db-${one}`), 'StatefulSet/db at 3'], []],
    );
  },
);
