/**
 * SIGKILL at every boundary between two changes that a restore makes in the cluster: `cleanup --resume` on another machine
 * gives every object back its spec, labels and annotations, whatever the kind. Several namespaces take the points in
 * turn, so that the wait until a dead run is known to be dead is shared.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { BackupApp, type FiledBackup } from '../support/backups.ts';
import { skipWithoutCluster } from '../support/cluster.ts';
import { claimOfEveryKind, everyKind, everythingRuns, flagsOfEveryKind } from '../support/every-kind.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import {
  type KillingProxy,
  type KillPoint,
  killPoints,
  startKillingProxy,
} from '../support/killing-proxy.ts';
import { TestNamespace } from '../support/namespace.ts';
import { Operator } from '../support/plugin.ts';
import { clusterState, type ObjectState } from '../support/volume-state.ts';

before(installKeeperKinds, { timeout: 240_000 });

const slots = 8;
/** A count of the changes of a DaemonSet's template, which nobody can give back. */
const keptByServer = ['deprecated.daemonset.template.generation'];
/** On the claim: it stays until a restore has made the claim whole. */
const halfWritten = ['since', 'by', 'archive', 'part'].map((word) => `nkvm.dev/half-written-${word}`);

test('a run that is killed between any two changes leaves enough to bring everything back', {
  skip: skipWithoutCluster,
  timeout: 1_800_000,
}, async (t) => {
  const stores = await Promise.all(Array.from({ length: slots }, () => openStore(t)));
  const [first] = stores;
  assert.ok(first);
  const whole = await killAndMend(t, first);
  const points = killPoints(whole.changes);
  t.diagnostic(`${points.length} kill points, ${everyKind.length} kinds: ${whole.changes.join(', ')}`);

  const wrong: Record<string, unknown> = {};
  const survived: KillPoint[] = [];
  const next = points.values();
  await Promise.all(
    stores.map(async (store) => {
      for (const point of next) {
        try {
          const { isKilled, mended, expected } = await killAndMend(t, store, point);
          if (!isKilled) survived.push(point);
          assert.deepEqual(mended, expected);
        } catch (error) {
          const change = whole.changes[point.change - 1];
          wrong[`${point.change} ${change}, before its ${point.moment}`] = String(error);
          // Nobody knows what this namespace is like now.
          return;
        }
      }
    }),
  );

  assert.deepEqual({ wrong, whole: whole.mended }, { wrong: {}, whole: whole.expected });
  // A run that meets fewer conflicts than the first one makes fewer changes.
  assert.deepEqual(
    survived.filter(({ change }) => change < whole.changes.length - 2),
    [],
  );
});

interface Store {
  readonly shop: TestNamespace;
  readonly app: BackupApp;
  readonly backup: FiledBackup;
  readonly proxy: KillingProxy;
  readonly before: State;
}

async function openStore(t: TestContext): Promise<Store> {
  const shop = await TestNamespace.create(t);
  const app = new BackupApp(t);
  const claim = await claimOfEveryKind(shop);
  writeFileSync(join(claim.folder, 'order'), 'one');
  const backup = await app.backUp(claim);
  return { shop, app, backup, proxy: await startKillingProxy(t), before: await stateOf(shop) };
}

interface Mended {
  readonly changes: readonly string[];
  readonly isKilled: boolean;
  readonly expected: unknown;
  readonly mended: unknown;
}

/** A restore that is killed at the point, if there is one; then `cleanup --resume` on another machine. */
async function killAndMend(t: TestContext, store: Store, point?: KillPoint): Promise<Mended> {
  const { shop, proxy, backup, before } = store;
  const operator = new Operator(t);
  const flags = [...flagsOfEveryKind, '--kubeconfig', proxy.kubeconfig];
  const restore = operator.start(restoreArgs({ ...store, operator }, backup, ...flags));
  proxy.arm(() => restore.kill('SIGKILL'), point);
  const { exitCode, stdout, stderr } = await restore.exited;
  if (exitCode !== null) assert.equal(recordOf(stdout, stderr).outcome, 'restored', stderr);
  const { changes } = proxy;
  const { marks } = await stateOf(shop);

  const resumed = await new Operator(t).run(['cleanup', '--resume', '-n', shop.name]);
  assert.equal(resumed.exitCode, 0, resumed.stderr);
  await everythingRuns(shop);

  const left = await shop.kubectl(['get', 'pods,leases', '-l', 'nkvm.dev/run', '-o', 'name']);
  const mended = { ...(await stateOf(shop)), left };
  await shop.kubectl(['annotate', 'pvc', 'orders', ...halfWritten.map((key) => `${key}-`)]);
  return { changes, isKilled: exitCode === null, mended, expected: { ...before, marks, left: '' } };
}

interface State {
  readonly objects: Readonly<Record<string, ObjectState>>;
  readonly marks: Readonly<Record<string, string>>;
}

async function stateOf(shop: TestNamespace): Promise<State> {
  const marks: Record<string, string> = {};
  const objects: Record<string, ObjectState> = {};
  const all = await clusterState(shop, [...everyKind, 'persistentvolumeclaims'].join(','));
  for (const [name, state] of Object.entries(all)) {
    const annotations = Object.entries(state.annotations).filter(([key, value]) => {
      if (halfWritten.includes(key)) marks[`${name} ${key}`] = value;
      return !halfWritten.includes(key) && !keptByServer.includes(key);
    });
    objects[name] = { ...state, annotations: Object.fromEntries(annotations) };
  }
  return { objects, marks };
}
