/** Two workloads that one keeper keeps, each restored by a run of its own: it is not given back under either. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, restoreArgs } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { fluxLabels, kustomization } from '../support/keepers.ts';
import { halfway } from '../support/two-claims.ts';
import { deployment } from '../support/workloads.ts';

before(installKeeperKinds, { timeout: 240_000 });

const isNotGivenBack =
  'kustomization/NS is stopped for orders by run RUN, which has not given back deployment/web';
const cleanUp = 'kubectl nkvm cleanup RUN --resume -n NS';

for (const { title, flags, message } of [
  { title: 'is left to that run', flags: [], message: 'kustomization/NS is held by run RUN' },
  {
    title: 'is not taken over from under what it keeps',
    flags: ['--hold'],
    message: isNotGivenBack,
  },
]) {
  clusterTest(`[run-in-progress] a keeper that a held run has paused ${title}`, async (scene) => {
    const { shop, operator } = scene;
    const { orders, prices } = await openKept(scene);
    const held = await operator.run(restoreArgs(scene, orders, '--pause-gitops', '--hold'));
    assert.equal(held.exitCode, 0, held.stderr);
    const left = await leftOn(shop);

    const refused = await failedRestore(scene, prices, ['--pause-gitops', ...flags]);

    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'run-in-progress',
      step: 2,
      message,
      next: ['kubectl nkvm restore --continue RUN -n NS', cleanUp],
    });
    assert.deepEqual(await leftOn(shop), left);
  });
}

clusterTest(
  '[run-in-progress] a keeper is not given back over what a failed run left down',
  async (scene) => {
    const { shop } = scene;
    const kept = await openKept(scene);
    const { live, proxy } = await halfway(kept, '--pause-gitops', '--retries', '0');
    proxy.cut();
    assert.equal((await live.exited).exitCode, 14);
    const left = await leftOn(shop);

    const refused = await failedRestore(scene, kept.prices, ['--pause-gitops']);

    assert.deepEqual(refused, {
      exitCode: 12,
      code: 'run-in-progress',
      step: 2,
      message: isNotGivenBack,
      next: [
        'kubectl nkvm restore orders -n NS   # orders is half-written: all of its newest backup',
        cleanUp,
      ],
    });
    assert.deepEqual(await leftOn(shop), left);
  },
);

interface Kept extends Scene {
  readonly orders: FiledBackup;
  readonly prices: FiledBackup;
}

/** Deployments `web` on the claim `orders` and `shelf` on `prices`, kept by one Kustomization. */
async function openKept(scene: Scene): Promise<Kept> {
  const { shop, app } = scene;
  const labels = fluxLabels('kustomize', shop.name, shop.name);
  const [orders, prices] = [await shop.claim('orders'), await shop.claim('prices')];
  await shop.apply(
    { ...deployment('web', { claims: ['orders'] }), metadata: { name: 'web', labels } },
    { ...deployment('shelf', { claims: ['prices'] }), metadata: { name: 'shelf', labels } },
    kustomization(shop.name),
  );
  await shop.rolledOut('deployment/web');
  return { ...scene, orders: await app.fileBig(orders, { mebibytes: 16 }), prices: await app.backUp(prices) };
}
