/** Whose the restored files are, and how the restore pod is made for its namespace. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { makeOwners, mixedOwners, type Owners, ownersOf } from '../support/ownership.ts';
import { tarOf } from '../support/tar-builder.ts';
import { onDisk } from '../support/volume-tree.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('--owner UID:GID gives all to one owner, modes and times kept', async (scene) => {
  const { operator } = scene;
  const { backup, folder } = await emptied(scene);
  const flags = ['--owner', '1500:1600'];

  const restored = await operator.run(restoreArgs(scene, backup, ...flags));
  const alike = await verify(scene, backup, ...flags);
  const unlike = await verify(scene, backup);

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(
    ownersOf(folder),
    owned(() => '1500:1600'),
  );
  assert.deepEqual([alike.exitCode, unlike.exitCode], [0, 15], alike.stderr + alike.stdout);
  assert.match(restored.stderr, / {2}4 {2}owners: 1500:1600\n/);
  assert.deepEqual(recordOf(restored.stdout).ownership, { owner: '1500:1600', runsAs: { uid: 0, gid: 0 } });
});

clusterTest('--owner workload gives all to the user and the fsGroup of the workload', async (scene) => {
  const { shop, operator } = scene;
  const { backup, folder } = await emptied(scene);
  const securityContext = { runAsUser: 1500, fsGroup: 2500 };
  const container = { command: ['sh', '-c', 'sleep 3600'], securityContext: { runAsUser: 1700 } };
  await shop.apply(
    deployment('orders', { claims: ['orders-data'], replicas: 0, container, pod: { securityContext } }),
  );

  const restored = await operator.run(restoreArgs(scene, backup, '--owner', 'workload'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(
    ownersOf(folder),
    owned(() => '1700:2500'),
  );
  assert.match(restored.stderr, / {2}4 {2}owners: workload \(1700:2500\)\n/);
  const { ownership } = recordOf(restored.stdout);
  assert.deepEqual([ownership?.owner, ownership?.workloadOwner], ['workload', '1700:2500']);
});

clusterTest('--map-owner maps users and groups, together and apart', async (scene) => {
  const { operator } = scene;
  const { backup, folder } = await emptied(scene);
  const flags = ['--map-owner', '1000=1001', '--map-owner', '33:=34:', '--map-owner', ':2000=:2001'];

  const restored = await operator.run(restoreArgs(scene, backup, ...flags));
  const verified = await verify(scene, backup, ...flags);

  assert.deepEqual([restored.exitCode, verified.exitCode], [0, 0], restored.stderr);
  const mapped: Readonly<Record<string, string>> = {
    '1000:1000': '1001:1001',
    '33:33': '34:33',
    '1000:33': '1001:33',
    '0:0': '0:0',
    '1000:2000': '1001:2001',
  };
  assert.deepEqual(
    ownersOf(folder),
    owned((owner) => mapped[owner]),
  );
  const { ownership } = recordOf(restored.stdout);
  assert.deepEqual(ownership, {
    owner: 'archive',
    mappedUsers: ['1000=1001', '33=34'],
    mappedGroups: ['1000=1001', '2000=2001'],
    runsAs: { uid: 0, gid: 0 },
  });
});

clusterTest('hundreds of owners, in any order, are set and found again', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  const members = Array.from({ length: 1200 }, (_, at) => ({
    name: `./${at}\n'`,
    content: String(at),
    uid: 1000 + ((at * 7) % 400),
    gid: 500 + (at % 3),
    mode: at % 5 === 0 ? 0o4755 : 0o640,
  }));
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, gzipSync(tarOf(...members)));
  const backup = await app.file(claim, made);

  const restored = await operator.run(restoreArgs(scene, backup, '--map-owner', '1007=7'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const found = onDisk(Buffer.from(claim.folder), 'stat').filter(({ path }) => path !== '.');
  assert.deepEqual(
    found.map(({ path, uid, gid, mode }) => [path, uid, gid, mode]).sort(byPath),
    members
      .map(({ name, uid, gid, mode }) => [name.slice(2), uid === 1007 ? 7 : uid, gid, mode] as const)
      .sort(byPath),
  );
});

clusterTest('[owner-unknown] a workload that names no user tells no owner', async (scene) => {
  const { shop } = scene;
  const { backup } = await emptied(scene);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 0 }));

  const failed = await failedRestore(scene, backup, ['--owner', 'workload']);

  assert.deepEqual(
    [failed.exitCode, failed.code, failed.message],
    [12, 'owner-unknown', '--owner workload: deployment/orders names no runAsUser, and no running pod tells'],
  );
});

clusterTest('[owner-unknown] --owner workload needs a workload', async (scene) => {
  const { shop } = scene;
  const { backup } = await emptied(scene);

  const failed = await failedRestore(scene, backup, ['--owner', 'workload']);

  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'owner-unknown',
    step: 2,
    message: '--owner workload: nobody mounts orders-data, so no user of it is known',
    next: [],
  });
  assert.deepEqual(await leftOn(shop), ['PersistentVolumeClaim/orders-data']);
});

clusterTest('the restore pod tolerates, is placed and pulls as the workload does', async (scene) => {
  const { shop, operator } = scene;
  const { backup } = await emptied(scene);
  const toleration = { key: 'nkvm-test.dev/only', operator: 'Exists', effect: 'NoSchedule' };
  const placed = {
    tolerations: [toleration],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    imagePullSecrets: [{ name: 'registry' }],
  };
  await shop.apply(deployment('orders', { claims: ['orders-data'], pod: placed }));
  await shop.rolledOut('deployment/orders');
  const nodeName = await node(shop);
  const overrides = JSON.stringify({
    spec: { nodeSelector: { 'kubernetes.io/os': null, 'kubernetes.io/hostname': nodeName } },
  });

  const run = operator.start(restoreArgs(scene, backup, '--check', 'sleep 5', '--overrides', overrides));
  await run.until('Step 5.2');
  const [pod] = await shop.list('pods', '-l', 'nkvm.dev/run');
  const { exitCode } = await run.exited;

  assert.equal(exitCode, 0);
  const { spec = {} } = pod ?? {};
  const { annotations = {} } = pod?.metadata ?? {};
  assert.deepEqual(
    [
      'sidecar.istio.io/inject',
      'karpenter.sh/do-not-disrupt',
      'cluster-autoscaler.kubernetes.io/safe-to-evict',
    ].map((key) => annotations[key]),
    ['false', 'true', 'false'],
  );
  const { tolerations, nodeSelector, imagePullSecrets, automountServiceAccountToken, securityContext } = spec;
  const [container] = spec['containers'] as readonly Record<string, unknown>[];
  assert.deepEqual(
    {
      tolerates: (tolerations as readonly Record<string, unknown>[]).filter(
        ({ key }) => key === toleration.key,
      ),
      nodeSelector,
      imagePullSecrets,
      affinity: spec['affinity'],
      automountServiceAccountToken,
      securityContext,
      container: container?.['securityContext'],
    },
    {
      tolerates: [toleration],
      nodeSelector: { 'kubernetes.io/hostname': nodeName },
      imagePullSecrets: [{ name: 'registry' }],
      // A preference, not `nodeName`: the scheduler decides.
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              preference: {
                matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }],
              },
            },
          ],
        },
      },
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      container: {
        runAsUser: 0,
        runAsGroup: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        seccompProfile: { type: 'RuntimeDefault' },
        capabilities: { drop: ['ALL'], add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] },
      },
    },
  );
});

function byPath([one]: readonly unknown[], [other]: readonly unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}

/** A backup of `mixedOwners`, and the volume without them. */
async function emptied({ shop, app }: Scene): Promise<{ backup: FiledBackup; folder: string }> {
  const { folder, ...claim } = await shop.claim('orders-data');
  makeOwners(folder, mixedOwners);
  const backup = await app.backUp({ ...claim, folder });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  return { backup, folder };
}

function verify({ operator, app }: Scene, backup: FiledBackup, ...flags: readonly string[]) {
  return operator.run(['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--exact', ...flags]);
}

/** All that was backed up, the volume's root too, with other owners. */
function owned(owner: (before: string) => string | undefined): Owners {
  const all = { '.': 'directory 0755 0:0', ...mixedOwners };
  return Object.fromEntries(
    Object.entries(all).map(([path, words]) => [
      path,
      words.replace(/\d+:\d+$/, (before) => owner(before) ?? ''),
    ]),
  );
}

async function node(shop: Scene['shop']): Promise<string> {
  return (
    await shop.kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].metadata.labels.kubernetes\\.io/hostname}',
    ])
  ).trim();
}
