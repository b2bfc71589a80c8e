/** What becomes of paused keepers when a run does not go through: held, refused half-way, changed by somebody else. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { leverOf } from '../../src/domain/levers.ts';
import {
  requiredPermissions,
  scalerPermissions,
  stopPermissions,
  workloadPermissions,
} from '../../src/runbook/permissions.ts';
import { whileRefused } from '../support/admission.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { fluxLabels, kustomization, scaledObject } from '../support/keepers.ts';
import { type KeptShop, keptShop, keptState, succeeded } from '../support/kept-shop.ts';
import { grant } from '../support/kubeconfig.ts';
import { Operator } from '../support/plugin.ts';

before(installKeeperKinds, { timeout: 240_000 });

/** Kept by KEDA, and by a Kustomization in another namespace; nobody acts for them. */
async function twiceKept(scene: Scene): Promise<KeptShop> {
  const kept = await keptShop(scene, (shop, platform) => ({
    labels: fluxLabels('kustomize', platform.name, shop.name),
  }));
  await kept.shop.apply(scaledObject('orders'));
  await kept.platform.apply(kustomization(kept.shop.name));
  return kept;
}

clusterTest(
  'what a held run has paused is given back from elsewhere, by who may only read what the workload names',
  async (scene) => {
    const kept = await twiceKept(scene);
    const { t, shop, platform, operator, backup } = kept;
    const user = { kind: 'User', name: shop.name } as const;
    await grant(shop, [...requiredPermissions, ...workloadPermissions, ...scalerPermissions], user);
    await grant(platform, stopPermissions([leverOf({ kind: 'Kustomization' })]), user);
    const state = await keptState(kept);

    const held = await operator.run(restoreArgs(kept, backup, '--pause-gitops', '--hold', '--as', user.name));
    const down = await keptState(kept);
    const { run } = recordOf(held.stdout, held.stderr);
    const cleaned = await new Operator(t).run([
      'cleanup',
      run,
      '--resume',
      '-n',
      shop.name,
      '--as',
      user.name,
    ]);

    succeeded(held);
    assert.match(held.stderr, /^warning: .*; who resumes kustomization\/\S+ is not seen$/m);
    assert.deepEqual(stopsIn(kept, down), { replicas: 0, suspend: true, paused: 'true' });
    succeeded(cleaned);
    assert.deepEqual(await keptState(kept), state);
  },
);

clusterTest('what somebody has resumed meanwhile is said, and left so', async (scene) => {
  const kept = await twiceKept(scene);
  const { t, shop, platform, operator, backup } = kept;
  const state = await keptState(kept);
  const held = await operator.run(restoreArgs(kept, backup, '--pause-gitops', '--hold'));
  succeeded(held);
  const resumed = '{"spec":{"suspend":false}}';
  const ref = `kustomizations.kustomize.toolkit.fluxcd.io/${shop.name}`;
  await platform.kubectl(['patch', ref, '--type=merge', '-p', resumed]);

  const { run } = recordOf(held.stdout, held.stderr);
  const cleaned = await new Operator(t).run(['cleanup', run, '--resume', '-n', shop.name]);

  succeeded(cleaned);
  assert.match(steady(shop, cleaned.stdout), /^kustomization\/NS left as somebody changed it$/m);
  const after = await keptState(kept);
  const key = `Kustomization/${shop.name}`;
  assert.deepEqual(after[key]?.spec, { ...state[key]?.spec, suspend: false });
  assert.deepEqual({ ...after, [key]: { ...after[key], spec: state[key]?.spec } }, state);
});

clusterTest('keepers are given back when the workload may not be stopped after all', async (scene) => {
  const kept = await twiceKept(scene);
  const { shop, backup } = kept;
  const state = await keptState(kept);

  await whileRefused(
    shop,
    {
      apiGroup: 'apps',
      resource: 'deployments',
      operation: 'UPDATE',
      allowed: 'object.spec.replicas > 0',
      message: 'this shop never closes',
      probe: ['patch', 'deployment/orders', '-p', '{"spec":{"replicas":0}}'],
    },
    async () => {
      const failed = await failedRestore(kept, backup, ['--pause-gitops']);
      assert.deepEqual([failed.exitCode, failed.code], [12, 'quiesce-failed']);
    },
  );

  assert.deepEqual(await keptState(kept), state);
});

/** What stops each of them. */
function stopsIn({ shop }: KeptShop, state: Awaited<ReturnType<typeof keptState>>): object {
  return {
    replicas: state['Deployment/orders']?.spec?.['replicas'],
    suspend: state[`Kustomization/${shop.name}`]?.spec?.['suspend'],
    paused: state['ScaledObject/orders']?.annotations['autoscaling.keda.sh/paused'],
  };
}
