/** Two claims of one workload, each with a restore of its own: the workload comes up when neither is half-written. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { startApiProxy } from '../support/api-proxy.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import {
  failedRestore,
  failureOf,
  leftOn,
  recordOf,
  restoreArgs,
  steady,
} from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { fluxLabels, kustomization } from '../support/keepers.ts';
import { locksOf } from '../support/locks.ts';
import { Operator } from '../support/plugin.ts';
import { apiServer, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { deployment, statefulSet } from '../support/workloads.ts';

before(installKeeperKinds, { timeout: 240_000 });

const asFound = ['Deployment/web at 1', 'PersistentVolumeClaim/orders', 'PersistentVolumeClaim/prices'];

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
    const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = await startApiProxy(scene.t, {
      onRequest: async ({ access }) => {
        if (access?.verb !== 'patch' || access.resource !== 'deployments') return true;
        reached.resolve();
        await go.promise;
        return true;
      },
    });
    const second = new Operator(scene.t).start(restoreArgs(store, store.prices), {
      env: { KUBECONFIG: late.kubeconfig },
    });
    await Promise.race([reached.promise, second.exited]);
    const { live, proxy } = await halfway(store);
    const left = await leftOn(scene.shop);

    go.resolve();
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
    const sleeper = store.operator.start(restoreArgs(store, store.orders));
    await sleeper.until('Step 3: ');
    sleeper.kill('SIGSTOP');

    const taker = await new Operator(scene.t).run(restoreArgs(store, store.prices));

    const left = [await leftOn(scene.shop), await scene.shop.list('pods', '-l', 'nkvm.dev/run')];
    sleeper.kill('SIGCONT');
    const woken = await sleeper.exited;
    assert.deepEqual([taker.exitCode, left], [0, [asFound, []]], taker.stderr);
    assert.deepEqual(
      [failureOf(store, woken).code, await leftOn(scene.shop)],
      ['lock-lost', asFound],
      woken.stderr,
    );
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

clusterTest(
  '[claim-half-written] a held run is not continued onto another claim that is half-written',
  async (scene) => {
    const { shop, operator } = scene;
    const store = await openStore(scene);
    const { live, proxy } = await halfway(store, '--retries', '0');
    proxy.cut();
    assert.equal((await live.exited).exitCode, 14);
    const held = await operator.run(restoreArgs(store, store.prices, '--hold'));
    const { run } = recordOf(held.stdout, held.stderr);
    const left = [await leftOn(shop), await locksOf(shop)];

    const refused = failureOf(store, await operator.run(continued(scene, run)));

    assert.match(
      steady(shop, held.stderr),
      /warning: deployment\/web also mounts orders, half-written since TIME by run RUN: restore all of that too with --hold before you continue\n/,
    );
    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'claim-half-written',
      step: 2,
      message: 'deployment/web also mounts orders, half-written since TIME by run RUN',
      next: ['kubectl nkvm restore orders -n NS --hold   # its newest backup, all of it'],
    });
    assert.deepEqual([await leftOn(shop), await locksOf(shop)], left);
    const second = await operator.run(restoreArgs(store, store.orders, '--hold'));
    const whole = await operator.run(continued(scene, recordOf(second.stdout, second.stderr).run));
    assert.deepEqual([whole.exitCode, await leftOn(shop)], [0, asFound], whole.stderr);
  },
);

clusterTest('two claims that were held are both free when the workload is resumed once', async (scene) => {
  const { shop } = scene;
  const store = await openStore(scene);
  const [first, second] = await holdBoth(store);

  const emptied = await failedRestore(store, store.orders);
  const unknown = failureOf(store, await scene.operator.run(continued(scene, first)));
  const listed = await scene.operator.run(['cleanup', '-n', shop.name]);
  const resumed = await scene.operator.run(continued(scene, second));

  assert.deepEqual(
    [emptied, unknown],
    [
      {
        exitCode: 12,
        code: 'run-in-progress',
        step: 2,
        message:
          'persistentvolumeclaim/orders is held by run RUN by ann on HOST, since TIME; what it had stopped was taken over or given back',
        next: ['kubectl nkvm cleanup RUN --resume -n NS'],
      },
      {
        exitCode: 12,
        code: 'run-unknown',
        step: 2,
        message: 'no workload in namespace NS is held by run RUN',
        next: ['kubectl nkvm restore --continue RUN -n NS   # holds deployment/web for prices'],
      },
    ],
  );
  assert.match(
    steady(shop, listed.stdout),
    /it is held, and holds nothing any more\n.* next: kubectl nkvm cleanup RUN --resume -n NS\n/,
  );
  assert.deepEqual(
    [resumed.exitCode, await leftOn(shop), await locksOf(shop)],
    [0, asFound, []],
    resumed.stderr,
  );
});

clusterTest('two claims that were held are both free when cleanup resumes their workload', async (scene) => {
  const { shop, operator } = scene;
  const [, second] = await holdBoth(await openStore(scene));

  const resumed = await operator.run(['cleanup', second, '--resume', '-n', shop.name]);

  assert.deepEqual(
    [resumed.exitCode, await leftOn(shop), await locksOf(shop)],
    [0, asFound, []],
    resumed.stderr,
  );
});

clusterTest('cleanup --resume says that another claim of the workload is half-written', async (scene) => {
  const { shop, operator } = scene;
  const store = await openStore(scene);
  const { live, proxy } = await halfway(store, '--retries', '0');
  proxy.cut();
  await live.exited;
  const held = await operator.run(restoreArgs(store, store.prices, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);

  const resumed = await operator.run(['cleanup', run, '--resume', '-n', shop.name]);

  assert.equal(resumed.exitCode, 0, resumed.stderr);
  assert.match(
    steady(shop, resumed.stderr).replaceAll(/\s+/g, ' '),
    /persistentvolumeclaim\/orders is half-written since TIME by run RUN: what is resumed runs on half-written data/,
  );
});

for (const [title, flags, message, next] of [
  [
    'held for another workload is left to that run',
    [],
    'kustomization/NS is held by run RUN',
    ['kubectl nkvm restore --continue RUN -n NS', 'kubectl nkvm cleanup RUN --resume -n NS'],
  ],
  [
    'held is not taken over from under what it keeps',
    ['--hold'],
    'kustomization/NS is stopped for orders by run RUN, which has not given back deployment/web',
    ['kubectl nkvm restore --continue RUN -n NS', 'kubectl nkvm cleanup RUN --resume -n NS'],
  ],
] as const) {
  clusterTest(`[run-in-progress] a keeper that a run has ${title}`, async (scene) => {
    const { shop, app, operator } = scene;
    const labels = fluxLabels('kustomize', shop.name, shop.name);
    const orders = await app.backUp(await shop.claim('orders'));
    const lists = await app.backUp(await shop.claim('lists'));
    for (const [name, claim] of [
      ['web', 'orders'],
      ['shelf', 'lists'],
    ] as const)
      await shop.apply({ ...deployment(name, { claims: [claim] }), metadata: { name, labels } });
    await shop.apply(kustomization(shop.name));
    const held = await operator.run(restoreArgs(scene, orders, '--pause-gitops', '--hold'));
    assert.equal(held.exitCode, 0, held.stderr);
    const left = await leftOn(shop);

    const refused = await failedRestore(scene, lists, ['--pause-gitops', ...flags]);

    assert.deepEqual(refused, { exitCode: 12, code: 'run-in-progress', step: 2, message, next });
    assert.deepEqual(await leftOn(shop), left);
  });
}

interface Store extends Scene {
  readonly orders: FiledBackup;
  readonly prices: FiledBackup;
}

/** Deployment `web` on the claims `orders` and `prices`, with a backup of each. */
async function openStore(scene: Scene): Promise<Store> {
  const { shop, app } = scene;
  const [orders, prices] = [await shop.claim('orders'), await shop.claim('prices')];
  await shop.apply(deployment('web', { claims: ['orders', 'prices'] }));
  await shop.rolledOut('deployment/web');
  return { ...scene, orders: await app.fileBig(orders, { mebibytes: 16 }), prices: await app.backUp(prices) };
}

/** A restore of `orders` that stays in the middle of step 4 until the proxy lets it go on. */
async function halfway(
  store: Store,
  ...flags: readonly string[]
): Promise<{ live: ReturnType<Operator['start']>; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(store.t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const args = ['--server', proxy.server, '--operator', 'ann', ...flags];
  const live = store.operator.start(restoreArgs(store, store.orders, ...args));
  await Promise.race([proxy.held, live.exited]);
  return { live, proxy };
}

/** The names of the two runs, each held by ann. */
async function holdBoth(store: Store): Promise<readonly [string, string]> {
  const runs: string[] = [];
  for (const backup of [store.orders, store.prices]) {
    const held = await store.operator.run(restoreArgs(store, backup, '--hold', '--operator', 'ann'));
    assert.equal(held.exitCode, 0, held.stderr);
    runs.push(recordOf(held.stdout).run);
  }
  const [first = '', second = ''] = runs;
  return [first, second];
}

function continued({ shop }: Scene, run: string): string[] {
  return ['restore', '--continue', run, '-n', shop.name, '--yes', '-o', 'json'];
}
