/** A run for `cleanup` to find, and `cleanup` as another operator types it. */
import type { Scene } from './cluster-test.ts';
import { restoreArgs } from './failed-restore.ts';
import type { TestClaim } from './namespace.ts';
import { Operator, type PluginResult } from './plugin.ts';
import { openShop } from './stopping-points.ts';

export interface BegunRun {
  readonly run: string;
  readonly claim: TestClaim;
  readonly exited: Promise<PluginResult>;
  readonly kill: () => Promise<void>;
}

/** A restore that stays in step 5.2: its pod lives, the workload is down, the data verified. */
export async function beginRun(scene: Scene): Promise<BegunRun> {
  const shop = await openShop(scene, {});
  const restore = scene.operator.start(
    restoreArgs(scene, shop.backup, '--check', 'sleep 600', '--operator', 'ann'),
  );
  await restore.until('Step 5.2: ');
  const [record] = scene.operator.records();
  return {
    run: record?.run ?? '',
    claim: shop.claim,
    exited: restore.exited,
    kill: async () => {
      restore.kill('SIGKILL');
      await restore.exited;
    },
  };
}

/** `cleanup` on another machine. */
export function cleanUp(
  { t, shop, operator }: Pick<Scene, 'shop' | 'operator'> & { readonly t?: Scene['t'] },
  ...args: readonly string[]
): Promise<PluginResult> {
  const elsewhere = t === undefined ? operator : new Operator(t);
  return elsewhere.run(['cleanup', ...args, '-n', shop.name]);
}
