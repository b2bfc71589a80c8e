/** Restoring again after a run that did not finish: replicas, marks and the choice of the backup. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { openShop, type Shop, stoppingPoints } from '../support/stopping-points.ts';

const asFound = ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'];
const half = 'PersistentVolumeClaim/orders-data half-written-by=RUN half-written-since=TIME';
const stopped = 'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN';

clusterTest('a restore after a run killed in step 2 gives back that run’s replicas', async (scene) => {
  const { shop, operator } = scene;
  const pod = { terminationGracePeriodSeconds: 5 };
  const point = stoppingPoints.find(({ title }) => title.startsWith('step 2'));
  assert(point !== undefined);
  const place = await openShop(scene, { workload: { ...point.workload, pod } });
  const killed = await point.begin(place, operator);
  killed.kill('SIGKILL');
  await killed.exited;
  const left = await leftOn(shop);

  const { exitCode, stdout, stderr } = await operator.run(restoreArgs(scene, place.backup));

  const [first] = operator.records();
  const { workloads } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, left, after: await leftOn(shop), workloads },
    {
      exitCode: 0,
      left: [stopped, 'PersistentVolumeClaim/orders-data'],
      after: asFound,
      workloads: [
        {
          kind: 'Deployment',
          name: 'orders',
          replicasBefore: 2,
          replicasAfter: 2,
          takenOverFrom: first?.run,
        },
      ],
    },
  );
  assert.match(stderr, new RegExp(`${first?.run}`));
});

clusterTest('a restore that fails again and again keeps the first record of replicas', async (scene) => {
  const { shop } = scene;
  const place = await openShop(scene, {});
  for (const check of ['exit 3', 'exit 4', 'exit 5']) {
    assert.equal((await restore(place, '--check', check)).exitCode, 15);
    assert.deepEqual(await leftOn(shop), [stopped, 'PersistentVolumeClaim/orders-data']);
  }
  // Before the first byte: what was found, which is the unfinished run's.
  assert.equal(
    (await restore(place, '--helper-image', 'nkvm.local/none:1', '--pod-timeout', '1s')).exitCode,
    13,
  );
  assert.deepEqual(await leftOn(shop), [stopped, 'PersistentVolumeClaim/orders-data']);
  assert.equal((await restore(place)).exitCode, 0);
  assert.deepEqual(await leftOn(shop), asFound);
});

clusterTest('a PVC’s name skips the backups that finished after it was left half-written', async (scene) => {
  const { shop, app, operator } = scene;
  const point = stoppingPoints.find(({ title }) => title.startsWith('step 4'));
  assert(point !== undefined);
  const place = await openShop(scene, point);
  const interrupted = await point.begin(place, operator);
  interrupted.kill('SIGINT');
  await interrupted.exited;
  assert.deepEqual(await leftOn(shop), [stopped, half]);
  const later = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, '+00:00');
  const ofHalf = app.addRow({
    ...{ pvc_uid: place.claim.uid, namespace: shop.name, pvc_name: 'orders-data', created_at: later },
  });

  const args = ['restore', 'orders-data', '-n', shop.name, '--catalog', app.catalog, '--yes', '-o', 'json'];
  const { exitCode, stdout, stderr } = await operator.run(args);

  const { backup } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, id: backup?.id, left: await leftOn(shop) },
    { exitCode: 0, id: String(Number(ofHalf) - 1), left: asFound },
  );
  assert.match(stderr, /warning: orders-data is half-written since \S+ \(run \S+\): backups finished after/);
});

function restore(place: Shop, ...flags: readonly string[]) {
  return place.operator.run(restoreArgs(place, place.backup, ...flags));
}
