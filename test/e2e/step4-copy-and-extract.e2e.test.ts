/** Codes of step 4 after the first byte: the writers stay stopped, the pod goes, the claim is marked half-written. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import {
  failedRestore,
  failureOf,
  leftOn,
  nextOfHalfWritten,
  restoreArgs,
  steady,
} from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import type { TestClaim, VolumeOptions } from '../support/namespace.ts';
import { apiServer, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { deployment } from '../support/workloads.ts';

const next = nextOfHalfWritten(1, '', ' --server SERVER');
const halfWritten = [
  'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN',
  'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME',
];

interface HalfWay extends Scene {
  readonly claim: TestClaim;
  readonly backup: FiledBackup;
  readonly proxy: TcpProxy;
}

clusterTest('[copy-failed] a connection that stays lost leaves the writers stopped', async (scene) => {
  const failed = await failHalfWay(scene, { flags: ['--retries', '0'] }, async ({ proxy }) => proxy.cut());
  const again = nextOfHalfWritten(1, ' --retries=0', ' --server SERVER');
  const { message } = failed;
  assert.match(
    message,
    /^connection lost at [\d.]+[KM]?i?B? and given up after 0 tries in 0 s: the connection to SERVER was lost before the pod said/,
  );
  assert.deepEqual(failed, { exitCode: 14, code: 'copy-failed', step: 4, message, next: again });
  assert.deepEqual(await leftOn(scene.shop), halfWritten);
});

clusterTest('[copy-failed] a restore pod that is killed leaves the writers stopped', async (scene) => {
  const { shop } = scene;
  const failed = await failHalfWay(scene, {}, async ({ proxy }) => {
    await shop.kubectl(['delete', 'pod', '-l', 'nkvm.dev/run', '--force', '--grace-period=0']);
    proxy.release();
  });
  const { message } = failed;
  assert.match(
    message,
    /^pod\/nkvm-restore-RUN (is gone: something deleted it$|is being deleted$|ended \(|lost what)/,
  );
  assert.deepEqual(failed, { exitCode: 14, code: 'copy-failed', step: 4, message, next });
  assert.deepEqual(await leftOn(shop), halfWritten);
});

clusterTest('[copy-failed] an archive that is overwritten while it is sent does not pass', async (scene) => {
  const failed = await failHalfWay(scene, {}, async ({ backup, proxy }) => {
    const archive = await open(backup.path, 'r+');
    await archive.write(Buffer.from('other bytes'), 0, 11, 14 * 2 ** 20);
    await archive.close();
    proxy.release();
  });
  assert.deepEqual(failed, {
    exitCode: 14,
    code: 'copy-failed',
    step: 4,
    message: 'APP/backups/20260101T120000Z__NS__data.tar.gz changed since step 1 read it',
    next,
  });
  assert.deepEqual(await leftOn(scene.shop), halfWritten);
});

clusterTest('[no-room] a volume that fills up meanwhile leaves the writers stopped', async (scene) => {
  const failed = await failHalfWay(scene, { sizeMebibytes: 32 }, async ({ claim, proxy }) => {
    await assert.rejects(run('cp', ['/dev/zero', join(claim.folder, 'filler')]), /No space left on device/);
    proxy.release();
  });
  const [first = '', ...why] = failed.message.split('\n  ');
  assert.match(
    first,
    /^the volume ran full after tar had read [\d.]+Mi: it has \S+ and \d+,\d+ inodes free, the archive 2 members of 16Mi$/,
  );
  assert.deepEqual(
    { ...failed, message: first },
    { exitCode: 14, code: 'no-room', step: 4, message: first, next },
  );
  assert.match(why.join('\n'), /No space left on device/);
  assert.deepEqual(await leftOn(scene.shop), halfWritten);
});

clusterTest('[extract-failed] a file that tar may not replace leaves the writers stopped', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data', { sizeMebibytes: 32 });
  const backup = await app.fileBig(claim, { mebibytes: 1 });
  await shop.apply(
    deployment('web', { replicas: 2, claims: ['data'], container: { command: ['sleep', '3600'] } }),
  );
  await shop.rolledOut('deployment/web');
  const precious = join(claim.folder, 'big-0');
  writeFileSync(precious, 'as it was');
  await run('chattr', ['+i', precious]);
  const failed = await failedRestore(scene, backup);
  await run('chattr', ['-i', precious]);
  const [first, ...why] = failed.message.split('\n  ');
  assert.deepEqual(
    { ...failed, message: first },
    {
      exitCode: 14,
      code: 'extract-failed',
      step: 4,
      message: 'tar ended with 1:',
      next: nextOfHalfWritten(1),
    },
  );
  assert.match(why.join('\n'), /big-0.*Operation not permitted/);
  assert.deepEqual(await leftOn(shop), halfWritten);

  const resumed = await operator.run(['cleanup', '--resume', '-n', shop.name]);
  assert.match(
    steady(shop, resumed.stderr),
    /warning: persistentvolumeclaim\/data is half-written since TIME by run RUN: what is resumed runs on half-written data; to make it whole: kubectl nkvm restore data -n NS {3}# its newest backup; all of them: kubectl nkvm list data -n NS\n/,
  );
});

/** Restores 16 MiB, of which 4 have gone when `happen` is called; the rest goes when it releases the proxy. */
async function failHalfWay(
  scene: Scene,
  { flags = [], ...options }: VolumeOptions & { readonly flags?: readonly string[] },
  happen: (halfWay: HalfWay) => Promise<void>,
): Promise<ReturnType<typeof failureOf>> {
  const { t, shop, app, operator } = scene;
  const claim = await shop.claim('data', options);
  const backup = await app.fileBig(claim, { mebibytes: 16 });
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  const proxy = await startTcpProxy(t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const restore = operator.start(restoreArgs(scene, backup, '--server', proxy.server, ...flags));
  await Promise.race([proxy.held, restore.exited]);
  await happen({ ...scene, claim, backup, proxy });
  const failed = failureOf(scene, await restore.exited);
  const named = (text: string) => text.replaceAll(proxy.server, 'SERVER');
  return { ...failed, message: named(failed.message), next: failed.next.map(named) };
}
