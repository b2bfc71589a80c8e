/** A workload that somebody deletes while it is stopped cannot be given back: it is said, and keeps no other one down. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, restoreArgs } from '../support/failed-restore.ts';
import { deployment } from '../support/workloads.ts';

const claims = ['data'];
const deleted = { kind: 'Deployment', name: 'bb', replicasBefore: 1, gone: true };

clusterTest('a workload that was deleted meanwhile is said, and the others come back', async (scene) => {
  const { shop, operator } = scene;
  const { exitCode, stdout, stderr } = await whileDeleted(scene);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /warning: deployment\/bb is gone, somebody deleted it \(recorded: 1\)\n/);
  assert.deepEqual(operator.records()[0]?.workloads, [
    { kind: 'Deployment', name: 'aa', replicasBefore: 2, replicasAfter: 2 },
    deleted,
    { kind: 'Deployment', name: 'cc', replicasBefore: 1, replicasAfter: 1 },
  ]);
  assert.deepEqual(stdout.split('\n').slice(1, 4), [
    'deployment/aa resumed to 2 replicas',
    'deployment/bb is gone: somebody deleted it meanwhile',
    'deployment/cc resumed to 1 replica',
  ]);
  assert.deepEqual(await leftOn(shop), [
    'Deployment/aa at 2',
    'Deployment/cc at 1',
    'PersistentVolumeClaim/data',
  ]);
});

clusterTest(
  'a workload that was deleted meanwhile is not held, and the others can be continued',
  async (scene) => {
    const { shop, operator } = scene;
    const held = await whileDeleted(scene, '--hold');
    assert.equal(held.exitCode, 0, held.stderr);
    const [record] = operator.records();
    assert.deepEqual(record?.workloads[1], deleted);
    const run = record?.run ?? '';
    const continued = await operator.run(['restore', '--continue', run, '-n', shop.name, '--yes']);
    assert.equal(continued.exitCode, 0, continued.stderr);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/aa at 2',
      'Deployment/cc at 1',
      'PersistentVolumeClaim/data',
    ]);
  },
);

clusterTest(
  'a workload that was deleted meanwhile is said of a restore that fails too, and the others are given back',
  async (scene) => {
    const { shop, operator } = scene;
    const backup = await threeWorkloads(scene);
    const args = restoreArgs(scene, backup, '--helper-image', 'nkvm.local/none:1', '--pod-timeout', '15s');
    const restore = operator.start(args);
    await restore.until('Step 3');
    await shop.kubectl(['delete', 'deployment/bb']);
    const { exitCode, stderr } = await restore.exited;
    assert.equal(exitCode, 13, stderr);
    assert.match(stderr, /warning: deployment\/bb is gone, somebody deleted it \(recorded: 1\)\n/);
    assert.deepEqual(operator.records()[0]?.workloads, [
      { kind: 'Deployment', name: 'aa', replicasBefore: 2, replicasAfter: 2 },
      deleted,
      { kind: 'Deployment', name: 'cc', replicasBefore: 1, replicasAfter: 1 },
    ]);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/aa at 2',
      'Deployment/cc at 1',
      'PersistentVolumeClaim/data',
    ]);
  },
);

/** Restores for three Deployments, of which the second is deleted before they are given back. */
async function whileDeleted(scene: Scene, ...flags: readonly string[]) {
  const { shop, operator } = scene;
  const backup = await threeWorkloads(scene);
  const untilDeleted = 'until [ -e go ]; do sleep 0.2; done';
  const args = restoreArgs(scene, backup, '-o', 'table', '--check', untilDeleted, ...flags);
  const restore = operator.start(args);
  await restore.until('Step 5.2');
  await shop.kubectl(['delete', 'deployment/bb']);
  writeFileSync(join(backup.claim.folder, 'go'), '');
  return restore.exited;
}

/** On one claim, of which there is a backup. */
async function threeWorkloads({ shop, app }: Scene) {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(
    deployment('aa', { claims, replicas: 2 }),
    deployment('bb', { claims }),
    deployment('cc', { claims }),
  );
  for (const name of ['aa', 'bb', 'cc']) await shop.rolledOut(`deployment/${name}`);
  return { ...backup, claim };
}
