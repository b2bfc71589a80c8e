/** An app that is down is read all the same: by a pod of this tool, which mounts its claim read-only and goes again. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AppOptions, InClusterApp, runtimeFolder } from '../support/app.ts';
import { appWithBigArchive, arriving, spoolFolder } from '../support/app-archive.ts';
import { kubectl } from '../support/cluster.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { accountWith } from '../support/least-permissions.ts';
import { until } from '../support/namespace.ts';

for (const { title, options, why } of [
  { title: 'scaled to 0', options: { replicas: 0 }, why: 'is scaled to 0' },
  {
    title: 'one that crashes',
    options: { container: { command: ['sh', '-c', 'exit 1'] } },
    why: 'has no pod that runs: pod/',
  },
] satisfies { title: string; options: AppOptions; why: string }[]) {
  clusterTest(
    `the history and the archives of an app that is ${title} are read, and it is left alone`,
    async (scene) => {
      const { shop, operator } = scene;
      const app = await InClusterApp.start(scene, { genuine: true, ...options });
      const before = stateOf(app);

      const listed = await operator.run(['list', '-A', '--catalog', app.ref, '-o', 'json', '--limit', '0']);
      const validated = await operator.run(['validate', 'backup/4', '--catalog', app.ref, '-o', 'json']);

      const { items } = JSON.parse(listed.stdout);
      const backup = JSON.parse(validated.stdout);
      assert.deepEqual(
        {
          exitCodes: [listed.exitCode, validated.exitCode],
          backups: items.length,
          said: [listed, validated].map(({ stderr }) => stderr.includes(`${app.ref} ${why}`)),
          verdict: backup.verdict.result,
          path: backup.archive.resolvedPath,
          left: (await shop.list('pods')).filter(({ metadata }) => metadata.name.startsWith('nkvm-')),
          claim: stateOf(app),
        },
        {
          exitCodes: [0, 0],
          backups: 4,
          said: [true, true],
          verdict: 'complete',
          path: `${runtimeFolder}/backups/20261122T203314Z__blog__uploads.tar.gz`,
          left: [],
          claim: before,
        },
        listed.stderr + validated.stderr,
      );
    },
  );
}

clusterTest('a signal while a pod of ours reads takes that pod away', async (scene) => {
  const { shop, operator } = scene;
  const { app, backup } = await appWithBigArchive(scene, { replicas: 0 });
  const running = operator.start(['validate', `backup/${backup.id}`, '--catalog', app.ref]);
  await arriving(running);
  running.kill('SIGINT');
  const { exitCode, stderr } = await running.exited;
  assert.deepEqual(
    { exitCode, pods: await shop.list('pods'), spooled: readdirSync(spoolFolder(operator)) },
    { exitCode: 130, pods: [], spooled: [] },
    stderr,
  );
});

clusterTest('the pod of a reader that was killed is found and removed by cleanup', async (scene) => {
  const { shop, operator } = scene;
  const { app, backup } = await appWithBigArchive(scene, { replicas: 0 });
  const running = operator.start(['validate', `backup/${backup.id}`, '--catalog', app.ref]);
  await arriving(running);
  running.kill('SIGKILL');
  await running.exited;
  const [pod] = await shop.list('pods');
  const { exitCode, stdout, stderr } = await operator.run(['cleanup', '-n', shop.name]);
  assert.deepEqual(
    [exitCode, stdout.includes(`pod/${pod?.metadata.name} deleted`)],
    [0, true],
    stdout + stderr,
  );
  assert.deepEqual(await shop.list('pods'), []);
});

clusterTest(
  'a ReadWriteOnce claim on a lost node: what is in the way is said, and nothing waits',
  async (scene) => {
    const { shop, operator } = scene;
    const node = await lostNode(scene);
    const app = await InClusterApp.start(scene, { genuine: true, pod: { nodeName: node } });
    await until(async () => (await app.pods()).length === 1);
    await attached(scene, node);

    const { exitCode, stdout, stderr } = await operator.run([
      'list',
      '-A',
      '--catalog',
      app.ref,
      '-o',
      'json',
    ]);

    const [pod] = await app.pods();
    const lost = 'its node is not ready: Kubelet stopped posting node status.';
    assert.deepEqual(
      { exitCode, error: JSON.parse(stdout).error, pods: (await shop.list('pods')).length },
      {
        exitCode: 11,
        error: {
          code: 'app-down',
          step: 1,
          message: `no pod of ${app.ref} runs, and its claim cannot be read: persistentvolumeclaim/nkvm-runtime-data is ReadWriteOnce: pod/${pod} (Pending on ${node}, of ReplicaSet/${pod?.replace(/-[^-]+$/, '')}, ${lost}) has it; its volume is still attached to node ${node}, and ${lost}`,
          action:
            'See to what is in the way. Name another with --catalog (a backups.db file or a directory of archives), or the archive itself with --archive PATH --checksum HEX.',
        },
        pods: 1,
      },
      stderr,
    );
    await shop.kubectl(['delete', `deployment/${app.name}`, '--cascade=orphan']);
    await shop.kubectl(['delete', 'replicasets', '--all', '--cascade=orphan']);
    await shop.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0']);
  },
);

clusterTest(
  'the Roles for the app are what it takes; without the second one it is printed',
  async (scene) => {
    const { t, shop, operator } = scene;
    const app = await InClusterApp.start(scene, { genuine: true, replicas: 0 });
    const list = ['list', '-A', '--catalog', app.ref, '-o', 'json'];
    const both = await accountWith({ t, shop, roles: ['nkvm-app-catalog', 'nkvm-app-reader'] });
    const one = await accountWith({ t, shop, roles: ['nkvm-app-catalog'] });

    const read = await operator.run(list, { env: { KUBECONFIG: both.kubeconfig } });
    const refused = await operator.run(list, { env: { KUBECONFIG: one.kubeconfig } });

    const { error } = JSON.parse(refused.stdout);
    assert.deepEqual(
      [read.exitCode, JSON.parse(read.stdout).items?.length, refused.exitCode, error.code, error.message],
      [
        0,
        4,
        11,
        'app-forbidden',
        `no pod of ${app.ref} runs, and none of yours may read its claim: in namespace ${shop.name} you may not get persistentvolumeclaims, list persistentvolumeclaims, get pods, create pods, patch pods, delete pods`,
      ],
      read.stderr + refused.stderr,
    );
    assert.match(error.manifest, /name: nkvm-app-reader\n/);
  },
);

/** Names, sizes and times of all that is on its claim. */
function stateOf({ claim }: InClusterApp): readonly (readonly [string, number, number])[] {
  const names = readdirSync(claim.folder, { recursive: true }).map(String).sort();
  return names.map((name) => {
    const { size, mtimeMs } = statSync(join(claim.folder, name));
    return [name, size, mtimeMs] as const;
  });
}

/** A node of which the cluster has heard nothing for long. */
async function lostNode({ t, shop }: Scene): Promise<string> {
  const name = `lost-${shop.name}`;
  t.after(() => kubectl(['delete', 'node', name, '--ignore-not-found']));
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(node) });
  const ready = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  };
  const patch = JSON.stringify({ status: { conditions: [ready] } });
  await kubectl(['patch', 'node', name, '--subresource=status', '--type=merge', '-p', patch]);
  return name;
}

async function attached({ t, shop }: Scene, nodeName: string): Promise<void> {
  const name = `${shop.name}-attached`;
  t.after(() => kubectl(['delete', 'volumeattachment', name, '--ignore-not-found']));
  const source = { persistentVolumeName: `${shop.name}-nkvm-runtime-data` };
  const spec = { attacher: 'test.nkvm.dev', nodeName, source };
  const attachment = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name }, spec };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(attachment) });
}
