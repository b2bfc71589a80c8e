/** What step 4 and 5 do beside the upload, over connections that are cut: it is done again, and the result is the same. */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs, runPod } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import { type TestClaim, until } from '../support/namespace.ts';
import type { RunningPlugin } from '../support/plugin.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { volumeState } from '../support/volume-state.ts';

clusterTest('a comparison in step 5.1 whose connection is cut is made again', async (scene) => {
  const { backup } = await longToRead(scene);
  const proxy = await startTcpProxy(scene.t, await apiServer());
  const running = scene.operator.start(restoreArgs(scene, backup, '--server', proxy.server));

  await comparing(scene, running);
  proxy.cut();
  const { exitCode, stdout, stderr } = await running.exited;

  const { verification } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, outcome: verification.outcome, members: verification.members, said: saidIn(stderr) },
    { exitCode: 0, outcome: 'identical', members: 1, said: ['Step 5.1', 'try 1 of 10', 'are identical'] },
    stderr,
  );
  assert.deepEqual(await leftOn(scene.shop), ['PersistentVolumeClaim/data']);
});

clusterTest('owners and times whose connection is cut are set again', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data');
  // Each is 123 bytes for chown, 138 for touch.
  const name = (index: number) => `${'x'.repeat(116)}${String(index).padStart(4, '0')}`;
  for (let index = 0; index < 5000; index++) symlinkSync('elsewhere', join(claim.folder, name(index)));
  await run('sh', ['-c', 'find "$1" -type l -exec touch -h -d @1700000000 {} +', 'sh', claim.folder]);
  const backup = await app.backUp(claim);
  const before = volumeState(claim.folder);
  await run('sh', ['-c', 'find "$1" -type l -delete', 'sh', claim.folder]);
  const proxy = await startTcpProxy(scene.t, await apiServer());
  // The archive is smaller; the names for chown reach the first number, only those for touch the second.
  proxy.cutUploadsAfter(300_000, 650_000);

  const { exitCode, stdout, stderr } = await operator.run(
    restoreArgs(scene, backup, '--server', proxy.server),
  );

  const { transfer, retries, verification } = recordOf(stdout, stderr);
  assert.deepEqual(
    {
      exitCode,
      said: stderr.match(/connection lost: .*; try \d of 10/g)?.length,
      retries,
      cutWhileSending: transfer?.reconnects,
      outcome: verification.outcome,
      volume: volumeState(claim.folder),
    },
    { exitCode: 0, said: 2, retries: 2, cutWhileSending: 0, outcome: 'identical', volume: before },
    stderr,
  );
});

clusterTest('a verify whose connection is cut compares again', async (scene) => {
  const { app, operator } = scene;
  const { backup } = await restored(scene);
  const proxy = await startTcpProxy(scene.t, await apiServer());
  const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--exact'];
  const running = operator.start([...args, '--server', proxy.server]);

  await comparing(scene, running);
  proxy.cut();
  const { exitCode, stderr } = await running.exited;

  assert.deepEqual([exitCode, saidIn(stderr)], [0, ['Step 5.1', 'try 1 of 10']], stderr);
  assert.deepEqual(await leftOn(scene.shop), ['PersistentVolumeClaim/data']);
});

clusterTest('[verification-failed] a verify that may not try again fails when it is cut', async (scene) => {
  const { app, operator, shop } = scene;
  const { backup } = await restored(scene);
  const proxy = await startTcpProxy(scene.t, await apiServer());
  const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--retries', '0'];
  const running = operator.start([...args, '-o', 'json', '--server', proxy.server]);

  await comparing(scene, running);
  proxy.cut();
  const { exitCode, stdout, stderr } = await running.exited;

  const { error } = JSON.parse(stdout);
  assert.deepEqual([exitCode, error.code], [15, 'verification-failed'], stderr);
  assert.match(
    error.message,
    /^the volume could not be read back: connection lost and given up after 0 tries in 0 s: the connection to /,
  );
  assert.deepEqual(await leftOn(shop), ['PersistentVolumeClaim/data']);
});

interface LongToRead {
  readonly claim: TestClaim;
  readonly backup: FiledBackup;
}

/** An empty claim, and a backup for it that takes seconds to compare. */
async function longToRead({ shop, app }: Scene): Promise<LongToRead> {
  const claim = await shop.claim('data');
  return { claim, backup: await app.fileZeros(claim, { mebibytes: 512 }) };
}

async function restored(scene: Scene): Promise<LongToRead> {
  const shop = await longToRead(scene);
  const { exitCode, stderr } = await scene.operator.run(restoreArgs(scene, shop.backup));
  assert.equal(exitCode, 0, stderr);
  return shop;
}

/** When the pod reads the volume for step 5.1. */
async function comparing({ shop }: Scene, running: RunningPlugin): Promise<void> {
  await running.until('Step 5.1: ');
  const look = ['exec', await runPod(shop), '--', 'sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null || true'];
  await Promise.race([until(async () => (await shop.kubectl(look)).includes('nkvm-list')), running.exited]);
}

/** What was said, in its order. */
function saidIn(stderr: string): readonly string[] {
  return stderr.match(/Step 5\.1|try \d of 10|are identical/g) ?? [];
}
