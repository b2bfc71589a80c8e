/** A shop whose workload somebody keeps as Git has it, from a namespace of their own, by a controller that really does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FiledBackup } from './backups.ts';
import { cluster, scratch } from './cluster.ts';
import type { Scene } from './cluster-test.ts';
import { type Controller, replicasKeeper, startController } from './controller.ts';
import { type KubeObject, TestNamespace, until } from './namespace.ts';
import { clusterState, type ObjectState } from './volume-state.ts';
import { deployment } from './workloads.ts';

const keeperKinds = [
  'applications.argoproj.io',
  'applicationsets.argoproj.io',
  'kustomizations.kustomize.toolkit.fluxcd.io',
  'helmreleases.helm.toolkit.fluxcd.io',
  'scaledobjects.keda.sh',
].join(',');

export interface KeptShop extends Scene {
  /** Where Argo CD or Flux is. */
  readonly platform: TestNamespace;
  readonly backup: FiledBackup;
}

/** Deployment `orders` of two replicas on a claim of its own, with a backup of it. */
export async function keptShop(
  scene: Scene,
  metadataOf: (shop: TestNamespace, platform: TestNamespace) => object,
): Promise<KeptShop> {
  const { t, shop, app } = scene;
  const platform = await TestNamespace.create(t);
  const claim = await shop.claim('orders-data');
  const orders = deployment('orders', { claims: [claim.name], replicas: 2 });
  await shop.apply({ ...orders, metadata: { name: 'orders', ...metadataOf(shop, platform) } });
  await shop.rolledOut('deployment/orders');
  const backup = await app.fileBig(claim, { mebibytes: 1 });
  return { ...scene, platform, backup };
}

/** Keeps `orders` at two replicas as long as `isActive` says so of the keeper; shown to do so before it returns. */
export async function startKeeping(
  { t, shop, platform }: KeptShop,
  keeper: Pick<Controller, 'manager'> & {
    readonly ref: string;
    readonly isActive: (keeper: KubeObject) => boolean;
  },
): Promise<void> {
  const workload = { namespace: shop, ref: 'deployment/orders' };
  const { manager, ref, isActive } = keeper;
  const wish = { replicas: 2, keeper: { namespace: platform, ref }, isActive };
  const { changes } = startController(t, replicasKeeper(manager, workload, wish));
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=0']);
  await until(async () => changes() === 1);
  await shop.rolledOut('deployment/orders');
  // Those that it had before take their time to go.
  await until(async () => (await shop.list('pods', '-l', 'app=orders')).length === wish.replicas);
}

/** What operators own of the shop, and of what keeps it. */
export async function keptState({
  shop,
  platform,
}: KeptShop): Promise<Readonly<Record<string, ObjectState>>> {
  const ofShop = `deployments,persistentvolumeclaims,${keeperKinds}`;
  return { ...(await clusterState(shop, ofShop)), ...(await clusterState(platform, keeperKinds)) };
}

/** What a command that the tool printed does, in a shell of the operator's. */
export async function typed(command: string): Promise<void> {
  const { kubeconfig, path } = cluster();
  const env = { PATH: path, HOME: scratch, KUBECONFIG: kubeconfig };
  await promisify(execFile)('sh', ['-c', command], { env });
}

/** The lines of a plan that begin so. */
export function planLines(text: string, start: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(start));
}

export function succeeded({
  exitCode,
  stderr,
}: {
  readonly exitCode: number | null;
  readonly stderr: string;
}): void {
  assert.equal(exitCode, 0, stderr);
}
