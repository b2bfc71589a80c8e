import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillVolume } from '../support/backups.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { extracted, genuine, genuineCatalog } from '../support/genuine-backups.ts';
import type { TestClaim } from '../support/namespace.ts';
import { fingerprint } from '../support/temp-folder.ts';
import { clusterState, volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('an odd volume comes back identical, and what the backup lacks stays', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  await fillVolume(claim.folder);
  const backedUp = volumeState(claim.folder);
  const backup = await app.backUp(claim);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
  await shop.rolledOut('deployment/orders');
  const objects = await clusterState(shop);
  destroy(claim);
  writeFileSync(join(claim.folder, 'empty', 'younger'), 'than the backup');

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.deepEqual([restored.exitCode, restored.stdout], [0, answer(backup.id, 2)]);
  const { 'empty/younger': younger, ...rest } = volumeState(claim.folder, ['orders.log']);
  assert.deepEqual(rest, backedUp);
  assert.match(String(younger), /^file 0644 0:0 @\d+ 15 /);
  assert.deepEqual(await clusterState(shop), objects);
  assert.deepEqual(await shop.list('pods', '-l', 'nkvm.dev/run'), []);
});

clusterTest('owners are kept by number where the image has other names for them', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  await fillVolume(claim.folder);
  const backedUp = volumeState(claim.folder);
  await app.backUp(claim);
  destroy(claim);
  const image = ['--helper-image', 'nkvm.local/other-names:1'];

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes', ...image], {
    cwd: app.folder,
  });

  assert.deepEqual([restored.exitCode, volumeState(claim.folder)], [0, backedUp]);
});

for (const { id, pvc } of genuine) {
  clusterTest(`the genuine backup/${id} of ${pvc} is restored as it was`, async ({ t, shop, operator }) => {
    const claim = await shop.claim(pvc, { sizeMebibytes: 64 });
    const before = fingerprint(join(genuineCatalog, '..'));
    const flags = ['--catalog', genuineCatalog, '--target', `${shop.name}/${pvc}`];

    const restored = await operator.run(['restore', `backup/${id}`, '--yes', ...flags]);
    const verified = await operator.run(['verify', `backup/${id}`, '--exact', ...flags]);

    assert.deepEqual([restored.exitCode, verified.exitCode], [0, 0]);
    assert.deepEqual(volumeState(claim.folder), volumeState(await extracted(t, id)));
    assert.deepEqual(fingerprint(join(genuineCatalog, '..')), before);
  });
}

clusterTest(
  'a claim that nobody mounts is restored, and nothing is scaled',
  async ({ shop, app, operator }) => {
    const claim = await shop.claim('orders-data');
    writeFileSync(join(claim.folder, 'order'), 'one');
    const backup = await app.backUp(claim);
    await shop.apply(deployment('other'));
    const objects = await clusterState(shop);
    writeFileSync(join(claim.folder, 'order'), 'destroyed');

    const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
      cwd: app.folder,
    });

    assert.deepEqual([restored.exitCode, restored.stdout], [0, answer(backup.id)]);
    assert.match(restored.stderr, /nobody mounts the claim: nothing to stop/);
    assert.deepEqual(await clusterState(shop), objects);
  },
);

clusterTest('a claim that was made anew is restored, said loudly and recorded', async (scene) => {
  const { shop, app, operator } = scene;
  const backedUp = await shop.claim('orders-data');
  writeFileSync(join(backedUp.folder, 'order'), 'one');
  await app.backUp(backedUp);
  const { uid } = await shop.recreateClaim(backedUp);

  const restored = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.equal(restored.exitCode, 0);
  const warning = `WARNING   this is not the claim that was backed up: the backup is of UID ${backedUp.uid} (${shop.name}/orders-data)\n`;
  assert.equal(restored.stderr.includes(warning), true, restored.stderr);
  const identity = { namespace: shop.name, name: 'orders-data', uid };
  assert.deepEqual(
    operator.records().map(({ claim }) => claim),
    [{ ...identity, backedUpUid: backedUp.uid, sameClaim: false }],
  );
});

clusterTest('--target restores into another claim and leaves the one backed up alone', async (scene) => {
  const { shop, app, operator } = scene;
  const [from, to] = [await shop.claim('orders-data'), await shop.claim('orders-copy')];
  await fillVolume(from.folder);
  const backedUp = volumeState(from.folder);
  await app.backUp(from);
  await shop.apply(
    deployment('orders', { claims: ['orders-data'] }),
    deployment('copy', { claims: ['orders-copy'] }),
  );
  await Promise.all(['orders', 'copy'].map((name) => shop.rolledOut(`deployment/${name}`)));
  const podsOfOrders = await shop.kubectl(['get', 'pods', '-l', 'app=orders', '-o', 'name']);
  const flags = ['-n', shop.name, '--target', 'orders-copy', '--yes'];

  const restored = await operator.run(['restore', 'orders-data', ...flags], { cwd: app.folder });

  assert.equal(restored.exitCode, 0);
  assert.deepEqual(volumeState(to.folder, ['copy.log']), backedUp);
  assert.equal(await shop.kubectl(['get', 'pods', '-l', 'app=orders', '-o', 'name']), podsOfOrders);
  assert.deepEqual(
    operator.records().map(({ workloads }) => workloads),
    [[{ kind: 'Deployment', name: 'copy', replicasBefore: 1, replicasAfter: 1 }]],
  );
});

clusterTest('a claim that waits for its first consumer is bound by the restore pod', async (scene) => {
  const { shop, app, operator } = scene;
  const [from, waiting] = [
    await shop.claim('orders-data'),
    await shop.claim('orders-new', { storageClass: 'nkvm-wait' }),
  ];
  await fillVolume(from.folder);
  await app.backUp(from);
  const flags = ['-n', shop.name, '--target', 'orders-new', '--yes'];

  const restored = await operator.run(['restore', 'orders-data', ...flags], { cwd: app.folder });

  assert.equal(restored.exitCode, 0);
  assert.deepEqual((await shop.get('pvc/orders-new')).status?.['phase'], 'Bound');
  assert.deepEqual(volumeState(waiting.folder), volumeState(from.folder));
});

function destroy({ folder }: TestClaim): void {
  rmSync(join(folder, 'deep'), { recursive: true });
  rmSync(join(folder, 'link'));
  rmSync(join(folder, 'setuid'));
  writeFileSync(join(folder, 'plain.txt'), 'destroyed');
}

function answer(id: string, replicas?: number): string {
  return `${[
    `persistentvolumeclaim/orders-data restored from backup/${id}`,
    ...(replicas === undefined ? [] : [`deployment/orders resumed to ${replicas} replicas`]),
    'data verified; no application check was given',
  ].join('\n')}\n`;
}
