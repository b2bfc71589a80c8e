import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn } from '../support/failed-restore.ts';
import type { TestClaim, TestNamespace } from '../support/namespace.ts';
import { clusterState, volumeState } from '../support/volume-state.ts';
import { deployment, statefulSet } from '../support/workloads.ts';

clusterTest(
  'one ordinal of a StatefulSet of three is restored, the others keep their data',
  async (scene) => {
    const { shop, app, operator } = scene;
    const folders = await Promise.all([0, 1, 2].map((ordinal) => shop.volume(`data-web-${ordinal}`)));
    await shop.apply(statefulSet('web', { replicas: 3 }));
    await shop.rolledOut('statefulset/web');
    const [, second = ''] = folders;
    for (const folder of folders) writeFileSync(join(folder, 'page'), `of ${folder}`);
    const { uid } = (await shop.get('pvc/data-web-1')).metadata;
    const backup = await app.backUp({ namespace: shop.name, name: 'data-web-1', uid, folder: second });
    const objects = await clusterState(shop);
    const before = folders.map((folder) => volumeState(folder, ['web.log', '.']));
    writeFileSync(join(second, 'page'), 'destroyed');

    const restored = await operator.run(['restore', 'data-web-1', '-n', shop.name, '--yes'], {
      cwd: app.folder,
    });

    assert.deepEqual(
      [restored.exitCode, restored.stdout],
      [
        0,
        `persistentvolumeclaim/data-web-1 restored from backup/${backup.id}
statefulset/web resumed to 3 replicas
data verified; no application check was given
`,
      ],
    );
    assert.deepEqual(
      folders.map((folder) => volumeState(folder, ['web.log', '.'])),
      before,
    );
    assert.deepEqual(await clusterState(shop), objects);
    assert.equal(await readyReplicas(shop, 'statefulset/web'), 3);
  },
);

clusterTest('a workload that was at 0 before is left at 0, and the last line says so', async (scene) => {
  const { shop, app, operator } = scene;
  await destroyed(scene);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 0 }));
  await shop.rolledOut('deployment/orders');
  const objects = await clusterState(shop);

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.deepEqual(
    [restored.exitCode, restored.stdout],
    [
      0,
      `persistentvolumeclaim/orders-data restored from backup/1
deployment/orders unchanged
data verified; no application check was given; deployment/orders left at 0 replicas, as found
`,
    ],
  );
  assert.deepEqual(await clusterState(shop), objects);
});

clusterTest('two Deployments on one claim get their different replicas back', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await destroyed(scene);
  await shop.apply(
    deployment('orders', { claims: ['orders-data'], replicas: 2 }),
    deployment('report', { claims: ['orders-data'], replicas: 1 }),
  );
  await Promise.all(['orders', 'report'].map((name) => shop.rolledOut(`deployment/${name}`)));
  const objects = await clusterState(shop);

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.deepEqual(
    [restored.exitCode, restored.stdout],
    [
      0,
      `persistentvolumeclaim/orders-data restored from backup/1
deployment/orders resumed to 2 replicas
deployment/report resumed to 1 replica
data verified; no application check was given
`,
    ],
  );
  assert.deepEqual(await clusterState(shop), objects);
  assert.deepEqual(
    operator.records().map(({ workloads }) => workloads),
    [
      [
        { kind: 'Deployment', name: 'orders', replicasBefore: 2, replicasAfter: 2 },
        { kind: 'Deployment', name: 'report', replicasBefore: 1, replicasAfter: 1 },
      ],
    ],
  );
  assert.match(String(volumeState(claim.folder)['order']), /^file 0644 0:0 @1600000000 3 /);
});

clusterTest('no copy of the record stays where `kubectl rollout undo` would bring it back', async (scene) => {
  const { shop, app, operator } = scene;
  await destroyed(scene);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
  await shop.rolledOut('deployment/orders');
  const before = await clusterState(shop, 'replicasets');

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(await clusterState(shop, 'replicasets'), before);
});

clusterTest(
  '--replicas resumes to another number than the one found, and starts nothing beside',
  async (scene) => {
    const { shop, app, operator } = scene;
    await destroyed(scene);
    await shop.apply(
      deployment('debug', { claims: ['orders-data'], replicas: 0 }),
      deployment('orders', { claims: ['orders-data'], replicas: 2 }),
    );
    await shop.rolledOut('deployment/orders');
    const flags = ['-n', shop.name, '--replicas', '1', '--yes'];

    const restored = await operator.run(['restore', 'orders-data', ...flags], { cwd: app.folder });

    assert.equal(restored.exitCode, 0);
    assert.match(restored.stderr, /scale deployment\/debug from 0 to 0, later to 0, as found\n/);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/debug at 0',
      'Deployment/orders at 1',
      'PersistentVolumeClaim/orders-data',
    ]);
  },
);

clusterTest(
  '--retain-claims keeps the claims that scaling down would delete',
  async ({ shop, app, operator }) => {
    const folder = await shop.volume('data-web-0');
    const spec = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' } };
    await shop.apply(statefulSet('web', { spec }));
    await shop.rolledOut('statefulset/web');
    const { uid } = (await shop.get('pvc/data-web-0')).metadata;
    writeFileSync(join(folder, 'page'), 'one');
    await app.backUp({ namespace: shop.name, name: 'data-web-0', uid, folder });
    const objects = await clusterState(shop, 'statefulsets');
    const restore = ['restore', 'data-web-0', '-n', shop.name, '--yes'];

    const refused = await operator.run(restore, { cwd: app.folder });
    const untouched = await clusterState(shop, 'statefulsets');
    const restored = await operator.run([...restore, '--retain-claims'], { cwd: app.folder });

    assert.deepEqual([refused.exitCode, untouched], [12, objects]);
    assert.equal(restored.exitCode, 0);
    assert.deepEqual(await clusterState(shop, 'statefulsets'), objects);
    assert.equal((await shop.get('pvc/data-web-0')).metadata.uid, uid);
  },
);

/** The claim `orders-data` with a file that a backup has and that was overwritten since. */
async function destroyed({ shop, app }: Scene): Promise<TestClaim> {
  const claim = await shop.claim('orders-data');
  const order = join(claim.folder, 'order');
  writeFileSync(order, 'one');
  utimesSync(order, 1_600_000_000, 1_600_000_000);
  await app.backUp(claim);
  writeFileSync(order, 'destroyed');
  return claim;
}

async function readyReplicas(shop: TestNamespace, ref: string): Promise<unknown> {
  return (await shop.get(ref)).status?.['readyReplicas'];
}
