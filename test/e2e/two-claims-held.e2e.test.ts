/** Two claims of one workload, one of them held or half-written. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import {
  failedRestore,
  failureOf,
  leftOn,
  recordOf,
  restoreArgs,
  steady,
} from '../support/failed-restore.ts';
import { locksOf } from '../support/locks.ts';
import { asFound, continued, halfway, holdBoth, openStore } from '../support/two-claims.ts';

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

clusterTest(
  '[run-in-progress] a workload that is held for another claim is taken over with --hold only',
  async (scene) => {
    const store = await openStore(scene);
    const held = await scene.operator.run(restoreArgs(store, store.orders, '--hold'));
    assert.equal(held.exitCode, 0, held.stderr);
    const left = await leftOn(scene.shop);

    const refused = await failedRestore(store, store.prices);

    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'run-in-progress',
      step: 2,
      message:
        'deployment/web is held by run RUN for orders; with --hold this run takes it over, and is continued instead',
      next: ['kubectl nkvm restore --continue RUN -n NS', 'kubectl nkvm cleanup RUN --resume -n NS'],
    });
    assert.deepEqual(await leftOn(scene.shop), left);
  },
);

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
