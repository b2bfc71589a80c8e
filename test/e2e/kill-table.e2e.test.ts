/**
 * SIGKILL at every boundary between two changes that a restore makes in the cluster: `cleanup --resume` on another machine
 * gives every object back its spec, labels and annotations, whatever the kind. Several namespaces take the points in
 * turn, so that the wait until a dead run is known to be dead is shared.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BackupApp, type FiledBackup } from '../support/backups.ts';
import { skipWithoutCluster } from '../support/cluster.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import {
  type KillingProxy,
  type KillPoint,
  killPoints,
  startKillingProxy,
} from '../support/killing-proxy.ts';
import { TestNamespace } from '../support/namespace.ts';
import { Operator } from '../support/plugin.ts';
import { clusterState, type ObjectState } from '../support/volume-state.ts';
import { deployment, statefulSet } from '../support/workloads.ts';

/** All that a restore changes and gives back. */
const kinds = ['deployments', 'statefulsets'];
const running = [['readyReplicas', ['deployment/web', 'statefulset/db']]] as const;
const slots = 6;
/** Hundreds of pods start and end. */
const cheap = {
  container: { image: 'nkvm.local/pause:1', command: undefined },
  pod: { hostNetwork: true, terminationGracePeriodSeconds: 0 },
};

test('a run that is killed between any two changes leaves enough to bring everything back', {
  skip: skipWithoutCluster,
  timeout: 1_800_000,
}, async (t) => {
  const stores = await Promise.all(Array.from({ length: slots }, () => openStore(t)));
  const [first] = stores;
  assert.ok(first);
  const whole = await killAndMend(t, first);
  const points = killPoints(whole.changes);
  t.diagnostic(`${points.length} kill points, ${kinds.length} kinds: ${whole.changes.join(', ')}`);

  const survived: string[] = [];
  const wrong: Record<string, unknown> = {};
  const next = points.values();
  await Promise.all(
    stores.map(async (store) => {
      for (const point of next) {
        const { killedAt, expected, mended } = await killAndMend(t, store, point);
        const title = `${point.change} ${point.moment} ${killedAt ?? ''}`;
        if (killedAt === undefined) survived.push(title);
        try {
          assert.deepEqual(mended, expected);
        } catch (error) {
          wrong[title] = error;
        }
      }
    }),
  );

  assert.deepEqual({ wrong, first: whole.mended }, { wrong: {}, first: whole.expected });
  t.diagnostic(`survived: ${survived.join(', ')}`);
});

interface Store {
  readonly shop: TestNamespace;
  readonly app: BackupApp;
  readonly backup: FiledBackup;
  readonly proxy: KillingProxy;
  readonly before: Readonly<Record<string, ObjectState>>;
}

async function openStore(t: TestContext): Promise<Store> {
  const shop = await TestNamespace.create(t);
  const app = new BackupApp(t);
  const claim = await shop.claim('orders');
  await shop.volume('data-db-0');
  writeFileSync(join(claim.folder, 'order'), 'one');
  const backup = await app.backUp(claim);
  const claims = ['orders'];
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
  await shop.apply(
    deployment('web', { claims, ...cheap }),
    statefulSet('db', { claims, ...cheap, spec: { persistentVolumeClaimRetentionPolicy } }),
  );
  await ready(shop);
  return { shop, app, backup, proxy: await startKillingProxy(t), before: await stateOf(shop) };
}

interface Mended {
  readonly changes: readonly string[];
  /** Undefined when it ended by itself. */
  readonly killedAt: string | undefined;
  readonly expected: unknown;
  readonly mended: unknown;
}

async function killAndMend(t: TestContext, store: Store, point?: KillPoint): Promise<Mended> {
  const { shop, proxy, backup, before } = store;
  const operator = new Operator(t);
  const args = restoreArgs(
    { ...store, operator },
    backup,
    '--retain-claims',
    '--kubeconfig',
    proxy.kubeconfig,
  );
  const restore = operator.start(args);
  proxy.arm(() => restore.kill('SIGKILL'), point);
  const { exitCode, stdout, stderr } = await restore.exited;
  if (exitCode !== null) assert.equal(recordOf(stdout, stderr).outcome, 'restored', stderr);
  const { changes } = proxy;
  const marks = await marksOn(shop);

  const resumed = await new Operator(t).run(['cleanup', '--resume', '--force', '-n', shop.name]);

  const mended = {
    exitCode: resumed.exitCode,
    objects: await stateOf(shop),
    marks: await marksOn(shop),
    left: await shop.kubectl(['get', 'pods,leases', '-l', 'nkvm.dev/run', '-o', 'name']),
  };
  await shop.kubectl([
    'annotate',
    'pvc',
    'orders',
    ...['since-', 'by-', 'part-'].map((key) => `nkvm.dev/half-written-${key}`),
  ]);
  await ready(shop);
  const killedAt = exitCode === null ? changes.at(-1) : undefined;
  return { changes, killedAt, expected: { exitCode: 0, objects: before, marks, left: '' }, mended };
}

function stateOf(shop: TestNamespace): Promise<Readonly<Record<string, ObjectState>>> {
  return clusterState(shop, kinds.join(','));
}

/** The mark of a claim that is half-written: it stays until a restore has made the claim whole. */
async function marksOn(shop: TestNamespace): Promise<Readonly<Record<string, string>>> {
  const { metadata } = await shop.get('pvc/orders');
  return Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith('nkvm.dev/')),
  );
}

/** Waits until everything runs, so that the next run has something to stop. */
async function ready(shop: TestNamespace): Promise<void> {
  for (const [path, refs] of running) {
    await shop.kubectl(['wait', `--for=jsonpath={.status.${path}}=1`, '--timeout=300s', ...refs]);
  }
}
