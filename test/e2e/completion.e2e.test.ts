/** Completion through the real kubectl, of what is in a real cluster. */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InClusterApp } from '../support/app.ts';
import { cluster } from '../support/cluster.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { runProcess } from '../support/executable.ts';
import { program } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** What kubectl offers for `kubectl WORDS…`, on a machine where the plugin and its completion are installed. */
async function offered({ t, operator }: Scene, words: readonly string[]): Promise<readonly string[]> {
  const bin = tempFolder(t);
  symlinkSync(program, join(bin, 'kubectl-nkvm'));
  const { path } = cluster();
  const env = {
    ...operator.environment(),
    PATH: [bin, path].join(delimiter),
    NKVM_COMPLETION_TIMEOUT: '1m',
  };
  const cwd = operator.home;
  const installed = await runProcess('kubectl', ['nkvm', 'completion', 'install'], { cwd, env });
  assert.deepEqual(installed, {
    exitCode: 0,
    stdout: `${join(bin, 'kubectl_complete-nkvm')} installed\n`,
    stderr: '',
  });
  const { stdout } = await runProcess('kubectl', ['__complete', ...words], { cwd, env });
  return stdout.trimEnd().split('\n');
}

const directive = ':36';

clusterTest('kubectl offers the commands of the plugin, with what they do', async (scene) => {
  assert.deepEqual(await offered(scene, ['nkvm', 'ver']), [
    'verify\tcompare a live volume with a backup (runbook step 5)',
    'version\tprint the version, and what shadows a command',
    directive,
  ]);
});

clusterTest('kubectl offers the claims, workloads and namespaces of the cluster', async (scene) => {
  const { shop } = await openShop(scene, {});
  const from = ['nkvm', 'restore', '-n', shop.name];
  assert.deepEqual(
    {
      claims: await offered(scene, [...from, '--target', '']),
      elsewhere: await offered(scene, ['nkvm', 'restore', '--target', `${shop.name}/`]),
      approved: await offered(scene, [...from, '--approve-wipe=']),
      workloads: await offered(scene, [...from, '--workload', 'dep']),
      namespaces: await offered(scene, ['nkvm', 'cleanup', '-n', shop.name]),
    },
    {
      claims: ['orders-data\tPersistentVolumeClaim', directive],
      elsewhere: [`${shop.name}/orders-data\tPersistentVolumeClaim`, directive],
      approved: [`${shop.name}/orders-data\tPersistentVolumeClaim`, directive],
      workloads: ['deployment/orders\tDeployment', directive],
      namespaces: [`${shop.name}\tNamespace`, directive],
    },
  );
});

clusterTest('kubectl offers the runs that have a lock, to continue and to clean up', async (scene) => {
  const { operator, backup, app, shop } = await openShop(scene, {});
  const words = ['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--yes', '--hold', '-o', 'json'];
  const { stdout, stderr } = await operator.run(words);
  const run: string = JSON.parse(stdout).run;
  const [line, ...rest] = await offered({ ...scene, operator }, ['nkvm', 'cleanup', '-n', shop.name, '']);
  assert.deepEqual({ run: line?.split('\t')[0], rest }, { run, rest: [directive] }, stderr);
  assert.match(line ?? '', /\theld since 20.*, of .+ on .+/);
});

clusterTest(
  'the backups of an app are offered while it runs; while it is down no pod is made for it',
  async (scene) => {
    const app = await InClusterApp.start(scene, { genuine: true });
    const words = ['nkvm', 'restore', '--catalog', app.ref, 'backup/'];
    const withRunning = await offered(scene, words);
    await app.scale(0);
    const withDown = await offered(scene, words);
    assert.deepEqual(
      { withRunning: withRunning.map((line) => line.split('\t')[0]), withDown },
      { withRunning: ['backup/5', 'backup/4', 'backup/3', 'backup/1', directive], withDown: [directive] },
    );
  },
);
