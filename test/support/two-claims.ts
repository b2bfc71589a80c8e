/** A workload that mounts two claims, each of which is restored by a run of its own. */
import assert from 'node:assert/strict';
import type { FiledBackup } from './backups.ts';
import type { Scene } from './cluster-test.ts';
import { recordOf, restoreArgs } from './failed-restore.ts';
import type { Operator } from './plugin.ts';
import { apiServer, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { deployment } from './workloads.ts';

/** What `leftOn` says of it when no run has left anything. */
export const asFound = [
  'Deployment/web at 1',
  'PersistentVolumeClaim/orders',
  'PersistentVolumeClaim/prices',
];

export interface Store extends Scene {
  readonly orders: FiledBackup;
  readonly prices: FiledBackup;
}

/** Deployment `web` on the claims `orders` and `prices`, with a backup of each. */
export async function openStore(scene: Scene): Promise<Store> {
  const { shop, app } = scene;
  const [orders, prices] = [await shop.claim('orders'), await shop.claim('prices')];
  await shop.apply(deployment('web', { claims: ['orders', 'prices'] }));
  await shop.rolledOut('deployment/web');
  return { ...scene, orders: await app.fileBig(orders, { mebibytes: 16 }), prices: await app.backUp(prices) };
}

/** A restore of `orders` that stays in the middle of step 4 until the proxy lets it go on. */
export async function halfway(
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
export async function holdBoth(store: Store): Promise<readonly [string, string]> {
  const runs: string[] = [];
  for (const backup of [store.orders, store.prices]) {
    const held = await store.operator.run(restoreArgs(store, backup, '--hold', '--operator', 'ann'));
    assert.equal(held.exitCode, 0, held.stderr);
    runs.push(recordOf(held.stdout).run);
  }
  const [first = '', second = ''] = runs;
  return [first, second];
}

export function continued({ shop }: Scene, run: string): string[] {
  return ['restore', '--continue', run, '-n', shop.name, '--yes', '-o', 'json'];
}
