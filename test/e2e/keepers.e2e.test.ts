/** What keeps a workload as Git has it: without the flag nothing is changed, with it everything is given back. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { clusterTest } from '../support/cluster-test.ts';
import { failedRestore, restoreArgs, steady } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { application, fluxLabels, helmRelease, kustomization, trackedBy } from '../support/keepers.ts';
import { keptShop, keptState, startKeeping, succeeded, typed } from '../support/kept-shop.ts';
import type { KubeObject, TestNamespace } from '../support/namespace.ts';
import { wholeObjects } from '../support/volume-state.ts';

before(installKeeperKinds, { timeout: 240_000 });

interface Kept {
  readonly title: string;
  readonly manager: string;
  /** Of the Deployment; the keeper is called as the shop's namespace is, since Applications are looked for everywhere. */
  readonly marks: (shop: TestNamespace, platform: TestNamespace) => object;
  readonly keeper: (name: string) => object;
  /** In full, so that kubectl cannot take it for another. */
  readonly resource: string;
  readonly isActive: (keeper: KubeObject) => boolean;
  readonly says: string;
  readonly pauses: string;
  readonly givesBack: string;
}

const isSuspended = ({ spec }: KubeObject): boolean => spec?.['suspend'] === true;
const syncPolicyOf = ({ spec }: KubeObject): object => (spec?.['syncPolicy'] ?? {}) as object;

const kept: readonly Kept[] = [
  {
    title: 'an Application of Argo CD',
    manager: 'argocd-controller',
    marks: (shop) => ({ annotations: trackedBy(shop.name, shop.name, 'orders') }),
    keeper: (name) => application(name),
    resource: 'applications.argoproj.io',
    isActive: (keeper) => 'automated' in syncPolicyOf(keeper),
    says: 'Argo CD would put deployment/orders back: application/NS in namespace PLATFORM',
    pauses: `'{"spec":{"syncPolicy":{"automated":null}}}'`,
    givesBack: `'{"spec":{"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}}}'`,
  },
  {
    title: 'a Kustomization of Flux',
    manager: 'kustomize-controller',
    marks: (shop, platform) => ({ labels: fluxLabels('kustomize', platform.name, shop.name) }),
    keeper: (name) => kustomization(name),
    resource: 'kustomizations.kustomize.toolkit.fluxcd.io',
    isActive: (keeper) => !isSuspended(keeper),
    says: 'Flux would put deployment/orders back: kustomization/NS in namespace PLATFORM',
    pauses: `'{"spec":{"suspend":true}}'`,
    givesBack: `'{"spec":{"suspend":null}}'`,
  },
  {
    title: 'a HelmRelease of Flux',
    manager: 'helm-controller',
    marks: (shop, platform) => ({ labels: fluxLabels('helm', platform.name, shop.name) }),
    keeper: (name) => helmRelease(name),
    resource: 'helmreleases.helm.toolkit.fluxcd.io',
    isActive: (keeper) => !isSuspended(keeper),
    says: 'Flux would put deployment/orders back: helmrelease/NS in namespace PLATFORM',
    pauses: `'{"spec":{"suspend":true}}'`,
    givesBack: `'{"spec":{"suspend":null}}'`,
  },
];

for (const { title, marks, keeper, resource, says, pauses, givesBack, ...controller } of kept) {
  clusterTest(
    `[gitops-managed] ${title} stops the run before any change; with --pause-gitops it is paused and given back`,
    async (scene) => {
      const kept = await keptShop(scene, marks);
      const { shop, platform, operator, backup } = kept;
      await platform.apply(keeper(shop.name));
      const ref = `${resource}/${shop.name}`;
      await startKeeping(kept, { ...controller, ref });
      const state = await keptState(kept);
      const whole = [await wholeObjects(shop), await platform.get(ref)];

      const refused = await failedRestore(kept, backup);
      const left = [await wholeObjects(shop), await platform.get(ref)];
      const restored = await operator.run(restoreArgs(kept, backup, '--pause-gitops'));

      const patch = `kubectl -n PLATFORM patch ${resource} NS --type=merge -p`;
      const inPlatform = (text: string) => text.replaceAll(platform.name, 'PLATFORM');
      assert.deepEqual(
        { ...refused, message: inPlatform(refused.message), next: refused.next.map(inPlatform) },
        {
          exitCode: 12,
          code: 'gitops-managed',
          step: 2,
          message: says,
          next: [`${patch} ${pauses}`, `${patch} ${givesBack}  # afterwards`],
        },
      );
      assert.deepEqual(left, whole);
      succeeded(restored);
      assert.deepEqual(await keptState(kept), state);
    },
  );
}

clusterTest(
  'what an operator pauses with the printed command stays so, and is said in the plan',
  async (scene) => {
    const kept = await keptShop(scene, (shop, platform) => ({
      labels: fluxLabels('kustomize', platform.name, shop.name),
    }));
    const { shop, platform, operator, backup } = kept;
    await platform.apply(kustomization(shop.name));
    const ref = `kustomizations.kustomize.toolkit.fluxcd.io/${shop.name}`;
    await startKeeping(kept, {
      manager: 'kustomize-controller',
      ref,
      isActive: (one) => !isSuspended(one),
    });
    const state = await keptState(kept);
    const [pause = '', giveBack = ''] = await operator
      .run(restoreArgs(kept, backup))
      .then(({ stderr }) => stderr.split('\nnext:\n')[1]?.trim().split('\n') ?? []);

    await typed(pause);
    const paused = await platform.get(ref);
    const restored = await operator.run(restoreArgs(kept, backup));
    const left = await platform.get(ref);
    await typed(giveBack);

    succeeded(restored);
    assert.match(
      steady(shop, restored.stderr).replaceAll(platform.name, 'PLATFORM'),
      /^note: kustomization\/NS in namespace PLATFORM keeps deployment\/orders and is suspended already: it is left so$/m,
    );
    assert.deepEqual(left, paused);
    assert.deepEqual(await keptState(kept), state);
  },
);
