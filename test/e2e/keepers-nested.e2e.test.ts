/** Keepers that somebody keeps in turn: a pause must outlast whoever would take it away. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { recordKeys } from '../../src/domain/quiesce-record.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { startController } from '../support/controller.ts';
import { failedRestore, restoreArgs } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { application, applicationSet, fluxLabels, helmRelease, trackedBy } from '../support/keepers.ts';
import { type KeptShop, keptShop, keptState, startKeeping, succeeded, typed } from '../support/kept-shop.ts';
import type { KubeObject } from '../support/namespace.ts';

before(installKeeperKinds, { timeout: 240_000 });

const skipReconcile = 'argocd.argoproj.io/skip-reconcile';
const isSkipped = ({ metadata }: KubeObject): boolean => metadata.annotations?.[skipReconcile] === 'true';
const isSynced = (keeper: KubeObject): boolean =>
  !isSkipped(keeper) && 'automated' in ((keeper.spec?.['syncPolicy'] ?? {}) as object);

clusterTest(
  'a HelmRelease that a Kustomization keeps stays suspended, and gets back what it had',
  async (scene) => {
    const kept = await keptShop(scene, (shop, platform) => ({
      labels: fluxLabels('helm', platform.name, shop.name),
    }));
    const { t, shop, platform, operator, backup } = kept;
    await platform.apply(helmRelease(shop.name, { labels: fluxLabels('kustomize', platform.name, 'apps') }));
    const ref = `helmreleases.helm.toolkit.fluxcd.io/${shop.name}`;
    // Flux takes away what a program has set whose name begins with `kubectl`.
    startController(t, {
      manager: 'kustomize-controller',
      watches: [{ namespace: platform, ref }],
      reconcile: (release) =>
        release?.spec?.['suspend'] === true &&
        release.metadata.annotations?.['kustomize.toolkit.fluxcd.io/reconcile'] !== 'disabled'
          ? { namespace: platform, ref, patch: { spec: { suspend: null } } }
          : undefined,
    });
    await startKeeping(kept, {
      manager: 'helm-controller',
      ref,
      isActive: ({ spec }) => spec?.['suspend'] !== true,
    });
    const state = await keptState(kept);

    const restored = await operator.run(restoreArgs(kept, backup, '--pause-gitops'));

    succeeded(restored);
    assert.deepEqual(await keptState(kept), state);
  },
);

clusterTest('an Application of another Application is not reconciled meanwhile', async (scene) => {
  const kept = await keptShop(scene, (shop) => ({
    annotations: trackedBy(shop.name, shop.name, 'orders'),
  }));
  const { t, shop, platform, operator, backup } = kept;
  const tracking = `parent:argoproj.io/Application:${platform.name}/${shop.name}`;
  await platform.apply(
    application(shop.name, { annotations: { 'argocd.argoproj.io/tracking-id': tracking } }),
  );
  const ref = `applications.argoproj.io/${shop.name}`;
  const automated = { prune: true, selfHeal: true };
  startController(t, {
    manager: 'argocd-controller-of-parent',
    watches: [{ namespace: platform, ref }],
    reconcile: (child) =>
      'automated' in ((child?.spec?.['syncPolicy'] ?? {}) as object)
        ? undefined
        : { namespace: platform, ref, patch: { spec: { syncPolicy: { automated } } } },
  });
  await startKeeping(kept, { manager: 'argocd-controller', ref, isActive: isSynced });
  const state = await keptState(kept);

  const restored = await operator.run(restoreArgs(kept, backup, '--pause-gitops'));

  succeeded(restored);
  assert.deepEqual(await keptState(kept), state);
});

clusterTest(
  '[gitops-managed] an ApplicationSet that would take the pause away stops the run; with the printed command it does not',
  async (scene) => {
    const kept = await keptShop(scene, (shop) => ({
      annotations: trackedBy(shop.name, shop.name, 'orders'),
    }));
    const { shop, platform, operator, backup } = kept;
    await startApplicationSet(kept);
    const ref = `applications.argoproj.io/${shop.name}`;
    await startKeeping(kept, { manager: 'argocd-controller', ref, isActive: isSynced });

    const refused = await failedRestore(kept, backup, ['--pause-gitops']);
    const [command = ''] = refused.next;
    await typed(command);
    const state = await keptState(kept);
    const restored = await operator.run(restoreArgs(kept, backup, '--pause-gitops'));

    const keys = ['team', skipReconcile, ...recordKeys];
    const patch = `'${JSON.stringify({ spec: { preservedFields: { annotations: keys } } })}'`;
    assert.deepEqual(
      { ...refused, next: refused.next.map((line) => line.replaceAll(platform.name, 'PLATFORM')) },
      {
        exitCode: 12,
        code: 'gitops-managed',
        step: 2,
        message:
          'applicationset/shops makes application/NS, and would take away the annotations that pause it',
        next: [`kubectl -n PLATFORM patch applicationsets.argoproj.io shops --type=merge -p ${patch}`],
      },
    );
    succeeded(restored);
    assert.deepEqual(await keptState(kept), state);
  },
);

/** Makes its Application as Argo CD's controller does: annotations that it does not know go, unless they are preserved. */
async function startApplicationSet({ t, shop, platform }: KeptShop): Promise<void> {
  await platform.apply(applicationSet('shops', ['team']));
  const set = 'applicationsets.argoproj.io/shops';
  const { uid } = (await platform.get(set)).metadata;
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'shops', uid };
  await platform.apply(application(shop.name, { ownerReferences: [{ ...owner, controller: true }] }));
  const ref = `applications.argoproj.io/${shop.name}`;
  const known = 'kubectl.kubernetes.io/last-applied-configuration';
  startController(t, {
    manager: 'argocd-applicationset-controller',
    watches: [
      { namespace: platform, ref },
      { namespace: platform, ref: set },
    ],
    reconcile: (made, by) => {
      const { annotations = [] } = (by?.spec?.['preservedFields'] ?? {}) as { annotations?: string[] };
      const strange = Object.keys(made?.metadata.annotations ?? {}).filter(
        (key) => key !== known && !annotations.includes(key),
      );
      if (strange.length === 0) return undefined;
      const gone = Object.fromEntries(strange.map((key) => [key, null]));
      return { namespace: platform, ref, patch: { metadata: { annotations: gone } } };
    },
  });
}
