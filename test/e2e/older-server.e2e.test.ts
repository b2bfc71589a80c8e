/** Servers that speak only the older exec protocol, over which stdin never ends. */
import assert from 'node:assert/strict';
import { fillVolume } from '../support/backups.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import { startOlderServer } from '../support/older-server.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest(
  'a server with only the older exec protocol restores and verifies an odd volume',
  async (scene) => {
    const { t, shop, app, operator } = scene;
    const claim = await shop.claim('data');
    await fillVolume(claim.folder);
    const before = volumeState(claim.folder);
    const backup = await app.backUp(claim);
    await run('find', [claim.folder, '-mindepth', '1', '-delete']);
    await shop.apply(deployment('web', { claims: ['data'], container: { command: ['sleep', '3600'] } }));
    await shop.rolledOut('deployment/web');
    const server = await startOlderServer(t);
    const access = ['--kubeconfig', server.kubeconfig, '-n', shop.name];
    const restored = await operator.run(
      restoreArgs(scene, backup, '--check', 'test -d .', '--kubeconfig', server.kubeconfig),
    );
    const verified = await operator.run([
      'verify',
      `backup/${backup.id}`,
      '--catalog',
      app.catalog,
      ...access,
    ]);
    assert.deepEqual(
      {
        exitCode: restored.exitCode,
        outcome: recordOf(restored.stdout, restored.stderr).outcome,
        verified: verified.exitCode,
        volume: volumeState(claim.folder),
        protocols: [...new Set(server.protocols)],
        left: await leftOn(shop),
      },
      {
        exitCode: 0,
        outcome: 'restored',
        verified: 0,
        volume: before,
        protocols: ['v4.channel.k8s.io'],
        left: ['Deployment/web at 1', 'PersistentVolumeClaim/data'],
      },
      restored.stderr + verified.stderr,
    );
  },
);
