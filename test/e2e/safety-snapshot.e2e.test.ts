/** `--safety snapshot` with the real API, controller and sidecar; one test after the other, as the API is the cluster's. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { cluster, kubectl } from '../support/cluster.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import { accountWith } from '../support/least-permissions.ts';
import { steadyLocks } from '../support/locks.ts';
import { type TestNamespace, until } from '../support/namespace.ts';
import { builtPrograms, SnapshotSystem, skipWithoutKubelet } from '../support/snapshot-system.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const asBefore = ['Deployment/web at 1', 'PersistentVolumeClaim/data'];
const snapshot = ['--safety', 'snapshot'];

let started: SnapshotSystem | undefined;
// No test's time: compiling takes minutes, once per machine.
before(() => skipWithoutKubelet === false && builtPrograms());
after(() => started?.stop());

const snapshotTest = (title: string, body: (scene: Scene) => Promise<void>) =>
  clusterTest(title, body, skipWithoutKubelet);

async function snapshotSystem(): Promise<SnapshotSystem> {
  started ??= await SnapshotSystem.start();
  return started;
}

snapshotTest('[safety-impossible] a cluster without the snapshot API is left as it is', async (scene) => {
  const failed = await refused(scene, undefined);
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'safety-impossible',
    step: 2,
    message: 'this cluster has no VolumeSnapshot API (snapshot.storage.k8s.io/v1)',
    next: [],
  });
});

snapshotTest('[safety-impossible] a volume of no CSI driver has no snapshots', async (scene) => {
  await snapshotSystem();
  const { code, message } = await refused(scene, undefined);
  assert.deepEqual(
    [code, message],
    [
      'safety-impossible',
      'the volume of persistentvolumeclaim/data is of no CSI driver: it has no snapshots',
    ],
  );
});

snapshotTest('[safety-impossible] a driver without a class is named', async (scene) => {
  const { driver } = await snapshotSystem();
  const { code, message } = await refused(scene, driver);
  assert.deepEqual(
    [code, message],
    ['safety-impossible', `no VolumeSnapshotClass is of the driver ${driver}; there are: none`],
  );
});

clusterTest(
  '--safety snapshot keeps the volume as it was, ready to use, and leaves it there',
  async (scene) => {
    const { operator, shop } = scene;
    const system = await snapshotSystem();
    await system.addClass('nkvm-test', 'work', true);
    const { claim, backup, before } = await changedClaim(scene, system.driver);

    const restored = await operator.run(restoreArgs(scene, backup, ...snapshot));

    assert.equal(restored.exitCode, 0, restored.stderr);
    const { safety, run: id } = recordOf(restored.stdout);
    const name = `nkvm-${id}`;
    assert.deepEqual(
      { ...safety, restoreWith: undefined },
      { kind: 'snapshot', snapshot: name, snapshotClass: 'nkvm-test', restoreWith: undefined },
    );
    const { metadata, status } = await shop.get(`volumesnapshot/${name}`);
    const [copy = ''] = readdirSync(system.snapshots);
    assert.deepEqual(
      {
        isReady: status?.['readyToUse'],
        run: metadata.annotations?.['nkvm.dev/run'],
        label: metadata.labels?.['nkvm.dev/run'],
        content: volumeState(join(system.snapshots, copy)),
      },
      { isReady: true, run: id, label: id, content: before },
    );
    assert.notDeepEqual(volumeState(claim.folder), before);
    assert.deepEqual(await leftOn(shop), asBefore);
  },
);

snapshotTest('who may only make snapshots leaves the class to the cluster', async (scene) => {
  const { t, operator, shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'work', true);
  const { backup } = await changedClaim(scene, system.driver);
  const account = await accountWith({ t, shop, roles: ['nkvm-restore', 'nkvm-snapshot', 'nkvm-keda'] });

  const restored = await operator.run(
    restoreArgs(scene, backup, ...snapshot, '--kubeconfig', account.kubeconfig),
  );

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.match(
    restored.stderr,
    /you may not list volumesnapshotclasses: the snapshot is left to the cluster/,
  );
  const { safety, run: id } = recordOf(restored.stdout);
  assert.deepEqual(
    { ...safety, restoreWith: undefined },
    { kind: 'snapshot', snapshot: `nkvm-${id}`, restoreWith: undefined },
  );
  assert.deepEqual(account.denied(), [
    'get persistentvolumes',
    'list volumeattachments.storage.k8s.io',
    'list volumesnapshotclasses.snapshot.storage.k8s.io',
  ]);
});

snapshotTest('--safety snapshot needs every permission of its Role and of the ClusterRole', async (scene) => {
  const { t, operator, shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'linger', true);
  const { backup } = await changedClaim(scene, system.driver);
  const roles = ['nkvm-restore', 'nkvm-snapshot', 'nkvm-keda', 'nkvm-cluster'];
  const account = await accountWith({ t, shop, roles });
  const flags = [...snapshot, '--snapshot-timeout', '5s', '--kubeconfig', account.kubeconfig];

  const { exitCode, stderr } = await operator.run(restoreArgs(scene, backup, ...flags));

  const ofSnapshots = account.granted.filter((one) => /volumesnapshot|persistentvolumes$/.test(one));
  assert.deepEqual(
    {
      exitCode,
      denied: account.denied(),
      unused: ofSnapshots.filter((one) => !account.used().includes(one)),
    },
    { exitCode: 14, denied: [], unused: [] },
    stderr,
  );
  assert.equal(ofSnapshots.length, 5);
});

snapshotTest('a failure names the snapshot, and what to type makes a claim of it', async (scene) => {
  const { operator, shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'work', true);
  const { backup } = await changedClaim(scene, system.driver);

  const failed = await failedRestore(scene, backup, [...snapshot, '--check', 'false']);

  const [, command = '', comment] = /^(.*) {3}# (.*)$/.exec(failed.next[1] ?? '') ?? [];
  assert.deepEqual(
    [failed.code, comment],
    ['check-failed', 'of nkvm-RUN: a new claim with the volume as it was before this run'],
  );
  const [{ metadata } = { metadata: { name: '' } }] = await shop.list('volumesnapshots');
  const typed = command.replaceAll('RUN', metadata.name.slice('nkvm-'.length)).replaceAll('NS', shop.name);
  const { kubeconfig, path } = cluster();
  await run('sh', ['-c', typed], { env: { PATH: path, HOME: operator.home, KUBECONFIG: kubeconfig } });
  const { spec } = await shop.get(`pvc/${metadata.name}`);
  assert.deepEqual(
    [spec?.['dataSource'], spec?.['resources'], spec?.['accessModes']],
    [
      { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: metadata.name },
      { requests: { storage: '1Gi' } },
      ['ReadWriteOnce'],
    ],
  );
});

snapshotTest('cleanup names the snapshot that a killed run was waiting for', async (scene) => {
  const { operator, shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'linger', true);
  const { backup } = await changedClaim(scene, system.driver);
  const restore = operator.start(restoreArgs(scene, backup, ...snapshot));
  await restore.until(/volumesnapshot\/\S+ created/);
  restore.kill('SIGKILL');
  await restore.exited;

  const cleaned = await operator.run(['cleanup', '--force', '--resume', '-n', shop.name]);

  assert.deepEqual(steadyLocks(shop, cleaned.stdout).split('\n'), [
    'pod/nkvm-restore-RUN deleted',
    'deployment/web resumed to 1 replica',
    'lease/LOCK deleted',
    'run/RUN (live, namespace NS) next: kubectl -n NS delete volumesnapshot nkvm-RUN',
    '',
  ]);
  assert.match(cleaned.stderr, /has the volume as it was before run \S+, and is not ready to use/);
  assert.deepEqual(await leftOn(shop), asBefore);
  await shop.kubectl(['delete', 'volumesnapshots', '--all', '--wait=false']);
});

snapshotTest('[permission-missing] who may make no snapshots is told so before step 2', async (scene) => {
  const { t, shop } = scene;
  const { driver } = await snapshotSystem();
  const { backup } = await changedClaim(scene, driver);
  const { kubeconfig } = await accountWith({ t, shop, roles: ['nkvm-restore'] });
  const failed = await failedRestore(scene, backup, [...snapshot, '--kubeconfig', kubeconfig]);
  const api = 'volumesnapshots.snapshot.storage.k8s.io';
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'permission-missing',
    step: 2,
    message: `in namespace NS you may not: get ${api}, create ${api}, delete ${api}`,
    next: [],
  });
  assert.deepEqual(await leftOn(shop), asBefore);
});

snapshotTest('[safety-failed] a driver that refuses is heard, and the writers come back', async (scene) => {
  const { shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'refuse', true);
  const { claim, backup, before } = await changedClaim(scene, system.driver);

  const failed = await failedRestore(scene, backup, snapshot);

  const { message } = failed;
  assert.match(message, /^volumesnapshot\/nkvm-RUN failed: .*the backend makes no snapshot of this volume/);
  assert.deepEqual(failed, { exitCode: 14, code: 'safety-failed', step: 4, message, next: [] });
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
  await until(async () => (await snapshotsOf(shop)) === '');
});

snapshotTest('[safety-failed] a snapshot that is not ready in time is taken away again', async (scene) => {
  const { shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'linger', true);
  const { claim, backup, before } = await changedClaim(scene, system.driver);

  const failed = await failedRestore(scene, backup, [...snapshot, '--snapshot-timeout', '5s']);

  assert.deepEqual(failed, {
    exitCode: 14,
    code: 'safety-failed',
    step: 4,
    message: 'volumesnapshot/nkvm-RUN is not ready to use after 5 s: its driver has not said that it is done',
    next: [],
  });
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
  await until(async () => (await snapshotsOf(shop)) === '');
});

snapshotTest('a signal while a snapshot is awaited gives the writers back', async (scene) => {
  const { operator, shop } = scene;
  const system = await snapshotSystem();
  await system.addClass('nkvm-test', 'linger', true);
  const { claim, backup, before } = await changedClaim(scene, system.driver);
  const restore = operator.start(restoreArgs(scene, backup, ...snapshot));

  await restore.until(/volumesnapshot\/\S+ created/);
  restore.kill('SIGTERM');
  const { exitCode, stdout, stderr } = await restore.exited;

  const { error } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, message: steady(shop, error?.message ?? '') },
    {
      exitCode: 143,
      message: 'interrupted by SIGTERM; nothing was written, the workload has its earlier state back',
    },
  );
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
  await until(async () => (await snapshotsOf(shop)) === '');
});

/** A claim (of the driver), its writer, which writes nothing, a backup of it, and what it holds since. */
async function changedClaim({ shop, app }: Scene, csiDriver: string | undefined) {
  const claim = await shop.claim('data', { ...(csiDriver !== undefined && { csiDriver }) });
  writeFileSync(join(claim.folder, 'order'), 'one');
  const backup = await app.backUp(claim);
  writeFileSync(join(claim.folder, 'order'), 'two');
  await shop.apply(deployment('web', { claims: ['data'], container: { command: ['sleep', '3600'] } }));
  await shop.rolledOut('deployment/web');
  return { claim, backup, before: volumeState(claim.folder) };
}

/** A restore that ends before step 2, and has changed nothing. */
async function refused(scene: Scene, csiDriver: string | undefined) {
  const { claim, backup, before } = await changedClaim(scene, csiDriver);
  const failed = await failedRestore(scene, backup, snapshot);
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual([scene.operator.records(), await leftOn(scene.shop)], [[], asBefore]);
  return failed;
}

function snapshotsOf(shop: TestNamespace): Promise<string> {
  return kubectl(['-n', shop.name, 'get', 'volumesnapshots', '-o', 'name']);
}
