/** An archive behind the app is brought here, through whatever happens to its pod, and nothing of that stays anywhere. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppOptions, InClusterApp, runtimeFolder } from '../support/app.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import type { Operator } from '../support/plugin.ts';
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
        spooled: spooled(operator),
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

function archivesOf({ claim }: InClusterApp): readonly string[] {
  return readdirSync(join(claim.folder, 'backups'));
}

function spooled({ home }: Operator): readonly string[] {
  return readdirSync(join(home, 'state', 'kubectl-nkvm', 'spool'));
}

async function appWithBigArchive(
  scene: Scene,
): Promise<{ readonly app: InClusterApp; readonly backup: FiledBackup }> {
  let backup: FiledBackup | undefined;
  const app = await InClusterApp.start(scene, {}, async (backups) => {
    backup = await backups.fileBig(
      { namespace: scene.shop.name, name: 'big', uid: 'gone' },
      { mebibytes: 200 },
    );
  });
  if (backup === undefined) throw new Error('nothing was filed');
  return { app, backup };
}
