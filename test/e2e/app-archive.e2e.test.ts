/** An archive behind the app is brought here, through whatever happens to its pod, and nothing of that stays anywhere. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppOptions, InClusterApp, runtimeFolder } from '../support/app.ts';
import { appWithBigArchive, arriving, spoolFolder, spoolOf, whileItStands } from '../support/app-archive.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { hostVolume } from '../support/host-volume.ts';
import type { RunningPlugin } from '../support/plugin.ts';
import { deployment } from '../support/workloads.ts';

for (const { title, options } of [
  { title: 'an app with Python', options: {} },
  {
    title: 'an app without Python whose history is in WAL mode',
    options: { hasPython: false, journalMode: 'wal' },
  },
] satisfies { title: string; options: AppOptions }[]) {
  clusterTest(`a backup is restored out of ${title}, which is left as it was`, async (scene) => {
    const { shop, operator } = scene;
    const orders = await shop.claim('orders');
    writeFileSync(join(orders.folder, 'precious'), 'as it was');
    await shop.apply(deployment('web', { claims: ['orders'], container: { command: ['sleep', '3600'] } }));
    await shop.rolledOut('deployment/web');
    const app = await InClusterApp.start(scene, options, (backups) => backups.backUp(orders));
    rmSync(join(orders.folder, 'precious'));
    const before = { pods: await app.pods(), archives: archivesOf(app) };

    const { exitCode, stderr } = await operator.run([
      ...['restore', 'orders', '-n', shop.name, '--catalog', app.ref, '--yes'],
    ]);

    assert.equal(exitCode, 0, stderr);
    const [record] = operator.records();
    assert.deepEqual(
      {
        restored: readFileSync(join(orders.folder, 'precious'), 'utf8'),
        archive: record?.archive?.path,
        catalog: record?.backup?.catalog,
        app: { pods: await app.pods(), archives: archivesOf(app) },
        spooled: readdirSync(spoolFolder(operator)),
      },
      {
        restored: 'as it was',
        archive: `${app.ref}:${runtimeFolder}/backups/${before.archives[0]}`,
        catalog: app.ref,
        app: before,
        spooled: [],
      },
    );
  });
}

clusterTest(
  'a download goes on at the byte where the pod was deleted, in the pod that follows',
  async (scene) => {
    const { app, backup } = await appWithBigArchive(scene);
    const running = scene.operator.start(['validate', `backup/${backup.id}`, '--catalog', app.ref]);
    const first = await arriving(running);
    const folder = spoolFolder(scene.operator);
    const private0700 = statSync(folder).mode & 0o777;
    const named = readdirSync(folder);

    await whileItStands(running, () => deletePods(app));
    const sizes = await sizesUntilExit(running);

    const { exitCode, stderr } = await running.exited;
    assert.deepEqual(
      {
        exitCode,
        spool: { mode: first.mode, folder: private0700, named },
        said: stderr.match(/connection lost at [0-9.]+Mi|from its beginning|sha256 [0-9a-f]{64}/g)?.length,
        fetched: stderr.includes(`sha256 ${backup.sha256}`),
        sizes,
      },
      {
        exitCode: 0,
        spool: { mode: 0o600, folder: 0o700, named: [] },
        said: 2,
        fetched: true,
        sizes: sizes.toSorted((one, other) => one - other),
      },
      stderr,
    );
  },
);

clusterTest('an archive that was replaced meanwhile is fetched from its beginning', async (scene) => {
  const { app, backup } = await appWithBigArchive(scene, { hasPython: false });
  const running = scene.operator.start(['validate', `backup/${backup.id}`, '--catalog', app.ref]);
  await arriving(running);
  await whileItStands(running, async () => {
    utimesSync(backup.path, 1, 1);
    await deletePods(app);
  });
  const { exitCode, stderr } = await running.exited;
  assert.deepEqual(
    {
      exitCode,
      again: stderr.includes('was changed meanwhile: it is fetched from its beginning'),
      fetched: stderr.includes(`sha256 ${backup.sha256}`),
    },
    { exitCode: 0, again: true, fetched: true },
    stderr,
  );
});

clusterTest('[spool-impossible] an archive for which there is no room here is not begun', async (scene) => {
  const { t, operator } = scene;
  const { app, backup } = await appWithBigArchive(scene);
  const disk = await hostVolume({ sizeMebibytes: 32 });
  t.after(() => disk.remove());
  const { exitCode, stdout, stderr } = await operator.run(
    ['validate', `backup/${backup.id}`, '--catalog', app.ref, '-o', 'json'],
    { env: { NKVM_STATE_DIR: disk.folder } },
  );
  const { error } = JSON.parse(stdout);
  assert.deepEqual(
    {
      exitCode,
      code: error.code,
      step: error.step,
      message: error.message.replace(/[0-9.]+Mi are free/, 'N are free'),
    },
    {
      exitCode: 11,
      code: 'spool-impossible',
      step: 1,
      message: `the archive cannot be kept in ${disk.folder}/kubectl-nkvm/spool while it is read: 160Mi are needed there, and N are free`,
    },
    stderr,
  );
});

clusterTest(
  '[fetch-failed] where the app goes for good and no pod of ours can read, it is given up',
  async (scene) => {
    const { shop } = scene;
    const { app, backup } = await appWithBigArchive(scene);
    const target = await shop.claim('big');
    const running = scene.operator.start([
      ...['restore', `backup/${backup.id}`, '--catalog', app.ref, '--yes', '-o', 'json'],
      ...['--retries', '1', '--pod-timeout', '2s', '--helper-image', 'nkvm.local/nothing:1'],
    ]);
    await arriving(running);
    await whileItStands(running, () => app.scale(0));
    const { exitCode, stdout, stderr } = await running.exited;
    const { error } = JSON.parse(stdout);
    assert.deepEqual([exitCode, error?.code], [11, 'fetch-failed'], stderr);
    assert.match(error.message, /connection lost at [0-9.]+Mi and given up after one try/);
    assert.match(error.message, /nkvm\.local\/nothing:1/);
    assert.deepEqual(
      {
        pods: await shop.list('pods'),
        volume: readdirSync(target.folder),
        spooled: readdirSync(spoolFolder(scene.operator)),
      },
      { pods: [], volume: [], spooled: [] },
    );
  },
);

for (const { signal, exitCode } of [
  { signal: 'SIGINT', exitCode: 130 },
  { signal: 'SIGKILL', exitCode: null },
] as const) {
  clusterTest(`${signal} in the middle of a download leaves nothing of it here`, async (scene) => {
    const { app, backup } = await appWithBigArchive(scene);
    const running = scene.operator.start(['validate', `backup/${backup.id}`, '--catalog', app.ref]);
    await arriving(running);
    running.kill(signal);
    const ended = await running.exited;
    assert.deepEqual(
      { exitCode: ended.exitCode, spooled: readdirSync(spoolFolder(scene.operator)) },
      { exitCode, spooled: [] },
      ended.stderr,
    );
  });
}

function archivesOf({ claim }: InClusterApp): readonly string[] {
  return readdirSync(join(claim.folder, 'backups'));
}

async function deletePods(app: InClusterApp): Promise<void> {
  await app.namespace.kubectl(['delete', 'pods', ...(await app.pods())]);
}

/** What has arrived, looked at again and again. */
async function sizesUntilExit(running: RunningPlugin): Promise<readonly number[]> {
  const sizes: number[] = [];
  let isOver = false;
  void running.exited.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const spool = spoolOf(running);
    if (spool !== undefined) sizes.push(spool.sizeBytes);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return sizes;
}
