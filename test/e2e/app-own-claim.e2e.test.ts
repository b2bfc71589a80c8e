/** The claim that the app itself works with is restored from copies that were made before the app was stopped. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { type AppOptions, InClusterApp } from '../support/app.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { run } from '../support/host-volume.ts';
import { until } from '../support/namespace.ts';

clusterTest(
  'the app’s own claim is restored, and its history and the archive are kept here',
  async (scene) => {
    const { shop, operator } = scene;
    const { app, backup } = await appThatBackedUpItself(scene);
    writeFileSync(join(app.claim.folder, 'marker'), 'destroyed');
    const { exitCode, stderr } = await operator.run([
      ...['restore', 'nkvm-runtime-data', '-n', shop.name, '--catalog', app.ref, '--yes'],
    ]);

    assert.equal(exitCode, 0, stderr);
    const [record] = operator.records();
    const folder = join(keptIn(operator.home), record?.run ?? '');
    const said = `the claim holds what ${app.ref} itself works with: before step 2 its history and this archive are copied to ${folder}, where they stay`;
    const archive = backup.path.replace(/^.*\//, '');
    assert.deepEqual(
      {
        restored: readFileSync(join(app.claim.folder, 'marker'), 'utf8'),
        planned: stderr.includes(`note: ${said}`),
        recorded: record?.notes.includes(said),
        archive: sha256Of(join(folder, archive)),
        modes: ['.', 'backups.db', archive].map((name) => statSync(join(folder, name)).mode & 0o777),
        backups: backupsIn(join(folder, 'backups.db')),
        pods: (await app.pods()).length,
      },
      {
        restored: 'as it was',
        planned: true,
        recorded: true,
        archive: backup.sha256,
        modes: [0o700, 0o600, 0o600],
        backups: [1],
        pods: 1,
      },
    );

    const again = await operator.run([
      ...['validate', 'nkvm-runtime-data', '-n', shop.name],
      ...['--catalog', join(folder, 'backups.db'), '--archive-dir', folder],
    ]);
    assert.equal(again.exitCode, 0, again.stderr);
  },
);

clusterTest('a dry run of it says so, and keeps nothing', async (scene) => {
  const { shop, operator } = scene;
  const { app } = await appThatBackedUpItself(scene);
  const { exitCode, stdout, stderr } = await operator.run([
    ...['restore', 'nkvm-runtime-data', '-n', shop.name, '--catalog', app.ref, '--dry-run'],
  ]);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^note: the claim holds what app:.* where they stay$/m);
  assert.equal(existsSync(keptIn(operator.home)), false);
});

clusterTest('where no copy can be kept it is refused, and the app goes on', async (scene) => {
  const { shop, operator } = scene;
  const { app } = await appThatBackedUpItself(scene);
  const pods = await app.pods();
  writeFileSync(keptIn(operator.home), 'a file, where a folder is to be');
  const { exitCode, stdout, stderr } = await operator.run([
    ...['restore', 'nkvm-runtime-data', '-n', shop.name, '--catalog', app.ref, '--yes', '-o', 'json'],
  ]);
  const { error, notes } = JSON.parse(stdout);
  assert.deepEqual(
    { exitCode, code: error?.code, notes, pods: await app.pods() },
    { exitCode: 11, code: 'spool-impossible', notes: ['Nothing was changed.'], pods },
    stderr,
  );
});

clusterTest(
  'what is half-written is restored again from the copies, also where the app was down',
  async (scene) => {
    const { shop, operator } = scene;
    const { app } = await appThatBackedUpItself(scene, { hasPython: false });
    await app.scale(0);
    const running = operator.start([
      ...['restore', 'nkvm-runtime-data', '-n', shop.name, '--catalog', app.ref, '--yes'],
      ...['--limit-rate', '400K'],
    ]);
    await until(async () => {
      const { metadata } = await shop.get('pvc/nkvm-runtime-data');
      return metadata.annotations?.['nkvm.dev/half-written-since'] !== undefined;
    });
    running.kill('SIGINT');
    const { exitCode, stderr } = await running.exited;
    const [record] = operator.records();
    const folder = join(keptIn(operator.home), record?.run ?? '');
    const places = `--catalog=${folder}/backups.db --archive-dir=${folder}`;
    const next = `kubectl nkvm restore backup/1 ${places}`;
    assert.deepEqual({ exitCode, isNamed: stderr.includes(next) }, { exitCode: 130, isNamed: true }, stderr);

    const again = await operator.run([...next.split(' ').slice(2), '--yes']);

    assert.deepEqual(
      { exitCode: again.exitCode, marker: readFileSync(join(app.claim.folder, 'marker'), 'utf8') },
      { exitCode: 0, marker: 'as it was' },
      again.stderr,
    );
    assert.deepEqual(await shop.list('pods'), []);
  },
);

function keptIn(home: string): string {
  return join(home, 'state', 'kubectl-nkvm', 'kept');
}

/** Its claim has a marker, and a backup of itself. */
async function appThatBackedUpItself(
  scene: Scene,
  options: AppOptions = {},
): Promise<{ readonly app: InClusterApp; readonly backup: FiledBackup }> {
  const filed: FiledBackup[] = [];
  const app = await InClusterApp.start(scene, options, async (backups) => {
    const { folder } = backups;
    writeFileSync(join(folder, 'marker'), 'as it was');
    writeFileSync(join(folder, 'ballast'), randomBytes(4 * 2 ** 20));
    await run('chown', ['-R', '10001:10001', folder]);
    const made = join(dirname(folder), 'made.tar.gz');
    await run('busybox', ['tar', '-czf', made, '-C', folder, '.']);
    const { metadata } = await scene.shop.get('pvc/nkvm-runtime-data');
    const claim = { namespace: scene.shop.name, name: 'nkvm-runtime-data', uid: metadata.uid };
    filed.push(await backups.file(claim, made));
  });
  const [backup] = filed;
  if (backup === undefined) throw new Error('nothing was filed');
  return { app, backup };
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** IDs of those that succeeded. */
function backupsIn(file: string): readonly unknown[] {
  const database = new Database(file, { readonly: true });
  const ids = database.prepare("SELECT id FROM backup_history WHERE status = 'success'").pluck().all();
  database.close();
  return ids;
}
