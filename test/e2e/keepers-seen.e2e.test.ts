/** KEDA, what keeps a workload from elsewhere, what may not be looked at, and what only seems to stand in the way. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before } from 'node:test';
import { requiredPermissions, workloadPermissions } from '../../src/runbook/permissions.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { replicasKeeper, startController } from '../support/controller.ts';
import { failedRestore, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { fluxLabels, kustomization, scaledObject, trackedBy } from '../support/keepers.ts';
import { keptShop, keptState, planLines, succeeded } from '../support/kept-shop.ts';
import { clusterEntry, keeperToken, writeKubeconfig } from '../support/kubeconfig.ts';
import { until } from '../support/namespace.ts';
import { clusterState } from '../support/volume-state.ts';

before(installKeeperKinds, { timeout: 240_000 });

const paused = 'autoscaling.keda.sh/paused';
const pausedReplicas = 'autoscaling.keda.sh/paused-replicas';
const shopKinds = 'deployments,persistentvolumeclaims,scaledobjects.keda.sh,horizontalpodautoscalers';

for (const [title, annotations] of [
  ['KEDA is paused while the workload is down, and scales again as before', {}],
  ['a number of replicas that KEDA was paused at is given back too', { [pausedReplicas]: '2' }],
] as const) {
  clusterTest(title, async (scene) => {
    const kept = await keptShop(scene, () => ({}));
    const { t, shop, operator, backup } = kept;
    await shop.apply(scaledObject('orders', { annotations }));
    const workload = { namespace: shop, ref: 'deployment/orders' };
    const { changes } = startController(
      t,
      replicasKeeper('keda-operator', workload, {
        replicas: 2,
        keeper: { namespace: shop, ref: 'scaledobjects.keda.sh/orders' },
        isActive: ({ metadata: { annotations: of = {} } }) =>
          of[pausedReplicas] !== undefined || of[paused] !== 'true',
      }),
    );
    await shop.kubectl(['scale', 'deployment/orders', '--replicas=0']);
    await until(async () => changes() === 1);
    await shop.rolledOut('deployment/orders');
    const state = await clusterState(shop, shopKinds);

    const restored = await operator.run(restoreArgs(kept, backup));

    succeeded(restored);
    assert.match(restored.stderr, /^ {2}2 {2}pause scaledobject\/orders, later scaling as before$/m);
    assert.deepEqual(await clusterState(shop, shopKinds), state);
  });
}

clusterTest(
  '[gitops-managed] what keeps a workload from another cluster is named, and --gitops-paused is recorded',
  async (scene) => {
    const kept = await keptShop(scene, (shop, platform) => ({
      annotations: trackedBy(`${platform.name}_store`, shop.name, 'orders'),
      labels: fluxLabels('kustomize', platform.name, 'apps'),
    }));
    const { platform, operator, backup, shop } = kept;
    await platform.apply(kustomization('apps', { kubeConfig: { secretRef: { name: 'other' } } }));
    const labels = Object.entries(fluxLabels('kustomize', platform.name, 'apps'));
    await shop.kubectl(['label', 'pvc/orders-data', ...labels.map((label) => label.join('='))]);
    const state = await keptState(kept);

    const refused = await failedRestore(kept, backup, ['--pause-gitops']);
    const restored = await operator.run(restoreArgs(kept, backup, '--gitops-paused'));

    const inPlatform = (text: string) => text.replaceAll(platform.name, 'PLATFORM');
    assert.deepEqual(
      { ...refused, next: refused.next.map(inPlatform) },
      {
        exitCode: 12,
        code: 'gitops-managed',
        step: 2,
        message:
          'deployment/orders is kept by application/store, and it is not in this cluster; deployment/orders is kept by kustomization/apps, and the one here is of another cluster',
        next: [
          'argocd app set PLATFORM/store --sync-policy none',
          'flux suspend kustomization apps -n PLATFORM',
        ],
      },
    );
    succeeded(restored);
    assert.deepEqual(notesOf(restored.stdout), [
      'application/store, which keeps deployment/orders, is paused by your word',
      'kustomization/apps, which keeps deployment/orders, is paused by your word',
    ]);
    assert.deepEqual(await keptState(kept), state);
    assert.deepEqual(planLines(restored.stderr, 'warning: '), [
      'warning: kustomization/apps keeps the claim, and would take off the mark that it is half-written: pause it',
    ]);
  },
);

clusterTest('what may not be looked at is said', async (scene) => {
  const kept = await keptShop(scene, (shop, platform) => ({
    labels: { ...fluxLabels('kustomize', platform.name, shop.name), 'app.kubernetes.io/instance': 'release' },
  }));
  const { shop, platform, operator, backup } = kept;
  await platform.apply(kustomization(shop.name));
  const token = await keeperToken(shop, [...requiredPermissions, ...workloadPermissions]);
  const file = join(operator.home, 'keeper.kubeconfig');
  writeKubeconfig(file, { cluster: await clusterEntry(), user: { token } });

  const refused = await failedRestore(kept, backup, ['--kubeconfig', file, '--pause-gitops']);
  const planned = await operator.run(
    restoreArgs(kept, backup, '--kubeconfig', file, '--gitops-paused', '--dry-run'),
  );

  assert.deepEqual(
    { ...refused, next: refused.next.map((line) => line.replaceAll(platform.name, 'PLATFORM')) },
    {
      exitCode: 12,
      code: 'gitops-managed',
      step: 2,
      message: 'deployment/orders is kept by kustomization/NS, and you may not read it',
      next: ['flux suspend kustomization NS -n PLATFORM'],
    },
  );
  const { warnings } = JSON.parse(planned.stdout);
  assert.deepEqual(
    warnings.filter((line: string) => line.includes('not known')),
    [
      'you may not list scaledobjects: whether KEDA scales deployment/orders is not known',
      'you may not list applications: whether Argo CD keeps deployment/orders is not known',
    ],
  );
});

clusterTest('an autoscaler and a disruption budget are said to do nothing, and do nothing', async (scene) => {
  const kept = await keptShop(scene, () => ({}));
  const { shop, operator, backup } = kept;
  await shop.apply(
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'orders' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders' },
        minReplicas: 2,
        maxReplicas: 3,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 90 } },
          },
        ],
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'orders' },
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'orders' } } },
    },
  );
  const state = await clusterState(shop, shopKinds);

  const restored = await operator.run(restoreArgs(kept, backup));

  succeeded(restored);
  assert.deepEqual(notesOf(restored.stdout), [
    'horizontalpodautoscaler/orders does nothing while deployment/orders is at 0',
    'poddisruptionbudget/orders does not stand against scaling deployment/orders to 0: nothing is evicted',
  ]);
  assert.deepEqual(await clusterState(shop, shopKinds), state);
});

/** Without the first, which every record has. */
function notesOf(stdout: string): readonly string[] {
  return recordOf(stdout).notes.slice(1);
}
