/** Where a restore can be stopped, how a test holds it there for as long as it needs, and what must be left. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FiledBackup } from './backups.ts';
import { kubectl } from './cluster.ts';
import type { Scene } from './cluster-test.ts';
import { restoreArgs } from './failed-restore.ts';
import { type TestClaim, until } from './namespace.ts';
import type { Operator, RunningPlugin } from './plugin.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { deployment, type WorkloadOptions } from './workloads.ts';

/** A Deployment of two replicas on one claim, with a backup of it. */
export interface Shop extends Scene {
  readonly claim: TestClaim;
  readonly backup: FiledBackup;
}

export interface StoppingPoint {
  readonly title: string;
  /** What the contract says that an interruption here leaves. */
  readonly left: 'as found' | 'half-written' | 'verified' | 'resumed';
  /** The step that the record says was interrupted; undefined between two. */
  readonly step?: string;
  /** False before step 2. */
  readonly hasRecord?: false;
  /** Of this many MiB of random data; default 1. `long`: small, and long to read. */
  readonly backup?: number | 'long';
  readonly workload?: WorkloadOptions;
  /** Begins a restore; resolves when it is there, and stays there. */
  readonly begin: (shop: Shop, operator: Operator) => Promise<RunningPlugin>;
  /** Takes away what holds the run there. */
  readonly release?: (shop: Shop) => Promise<void>;
  /** Before the namespace goes, which would wait for what never ends by itself. */
  readonly clear?: (shop: Shop) => Promise<void>;
}

const begin = async (
  shop: Shop,
  { operator, flags, text }: { operator: Operator; flags: readonly string[]; text: string | RegExp },
): Promise<RunningPlugin> => {
  const running = operator.start(restoreArgs(shop, shop.backup, ...flags));
  await running.until(text);
  return running;
};

const point =
  (text: string | RegExp, ...flags: readonly string[]): StoppingPoint['begin'] =>
  (shop, operator) =>
    begin(shop, { operator, flags, text });

/** Dies of SIGKILL only. */
const deaf = { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] };

const finalizer = 'nkvm.dev/test';

export const stoppingPoints: readonly StoppingPoint[] = [
  {
    title: 'step 1, while the archive is read',
    left: 'as found',
    hasRecord: false,
    backup: 'long',
    begin: point('Step 1: '),
  },
  {
    title: 'step 2, while pods stop',
    left: 'as found',
    step: '2',
    workload: { container: deaf, pod: { terminationGracePeriodSeconds: 600 } },
    begin: point(/waiting for orders-/),
    clear: async ({ shop }) => {
      await shop.kubectl(['delete', 'deployments,replicasets', '--all', '--cascade=orphan']);
      await shop.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0']);
    },
  },
  {
    title: 'step 3, while the restore pod starts',
    left: 'as found',
    step: '3',
    begin: point(/ErrImage|ImagePull/, '--helper-image', 'nkvm.local/none:1'),
  },
  {
    title: 'step 4, with half of the archive sent',
    left: 'half-written',
    step: '4',
    backup: 8,
    begin: async (shop, operator) => {
      const proxy = await startTcpProxy(shop.t, await apiServer());
      proxy.holdUploadsAfter(4 * 2 ** 20);
      const running = operator.start(restoreArgs(shop, shop.backup, '--server', proxy.server));
      await Promise.race([proxy.held, running.until('Step 5')]);
      return running;
    },
  },
  {
    title: 'step 5.1, while the volume is read back',
    left: 'half-written',
    step: '5.1',
    begin: (shop, operator) => {
      // The comparison reads every file of the volume: one that takes minutes to read, and no room.
      const sparse = join(shop.claim.folder, 'sparse');
      writeFileSync(sparse, '');
      truncateSync(sparse, 64 * 2 ** 30);
      return begin(shop, { operator, flags: [], text: 'Step 5.1: ' });
    },
  },
  {
    title: 'step 5.2, while a check runs',
    left: 'verified',
    step: '5.2',
    begin: point('Step 5.2: ', '--check', 'sleep 600'),
  },
  {
    title: 'step 6, while the restore pod goes',
    left: 'verified',
    begin: async (shop, operator) => {
      const overrides = JSON.stringify({ metadata: { finalizers: [finalizer] } });
      const running = operator.start(restoreArgs(shop, shop.backup, '--overrides', overrides));
      await until(async () => (await restorePods(shop)).some((pod) => pod.endsWith(' deleting')));
      return running;
    },
    release: async ({ shop }) => {
      const pods = await shop.kubectl(['get', 'pods', '-l', 'nkvm.dev/run', '-o', 'name']);
      const patch = '{"metadata":{"finalizers":null}}';
      for (const pod of pods.split('\n').filter(Boolean)) {
        await shop.kubectl(['patch', pod, '--type=merge', '-p', patch]);
      }
    },
  },
  {
    title: 'step 5.4, while the rollout is awaited',
    left: 'resumed',
    step: '5.3',
    workload: { container: { readinessProbe: { exec: { command: ['false'] } } } },
    begin: point(/0 of 2 replicas are ready/),
  },
  {
    title: 'step 5.4, while a command checks the application',
    left: 'resumed',
    step: '5.4',
    // The shell's own child outlives the shell.
    begin: point('Step 5.4: ', '--check-app', 'sleep 600; true'),
  },
];

export async function openShop(
  scene: Scene,
  { workload, backup = 1 }: Pick<StoppingPoint, 'workload' | 'backup'>,
): Promise<Shop> {
  const { shop, app } = scene;
  const claim = await shop.claim('orders-data');
  await shop.apply(deployment('orders', { claims: [claim.name], replicas: 2, ...workload }));
  if (workload === undefined) await shop.rolledOut('deployment/orders');
  const filed =
    backup === 'long'
      ? await app.fileZeros(claim, { mebibytes: 7 * 1024 })
      : await app.fileBig(claim, { mebibytes: backup, files: 8 });
  return { ...scene, claim, backup: filed };
}

async function restorePods({ shop }: Shop): Promise<readonly string[]> {
  const pods = await shop.list('pods', '-l', 'nkvm.dev/run');
  return pods.map(({ metadata }) => `${metadata.name}${'deletionTimestamp' in metadata ? ' deleting' : ''}`);
}

export function apiServer(): Promise<string> {
  return kubectl(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']);
}
