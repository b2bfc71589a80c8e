/**
 * deploy/rbac.yaml is what the commands need, and no more: each runs with exactly its Role, through a proxy that sees what
 * is asked for and what is denied.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import type { ApiRequest } from '../support/api-request.ts';
import { InClusterApp } from '../support/app.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { claimOfEveryKind, everythingRuns, flagsOfEveryKind } from '../support/every-kind.ts';
import { restoreArgs } from '../support/failed-restore.ts';
import { installKeeperKinds } from '../support/keeper-kinds.ts';
import { type Account, accountWith } from '../support/least-permissions.ts';
import { deployment } from '../support/workloads.ts';

before(installKeeperKinds, { timeout: 240_000 });

/** No request of its own: newer servers ask for it beside the `get` of the WebSocket, as exec-permission.e2e.test.ts shows. */
const besideRequests = ['create pods/exec'];

clusterTest('`restore` needs every permission of its Role, and no other', async (scene) => {
  const { t, shop, operator } = scene;
  const backup = await openStore(scene);
  const broken = await openFragile(scene);
  const { onRequest, sawHeartbeat } = untilHeartbeat();
  const account = await accountWith({
    t,
    shop,
    roles: ['nkvm-restore', 'nkvm-keda', 'nkvm-gitops'],
    onRequest,
  });
  const restore = (one: FiledBackup, ...flags: readonly string[]) =>
    operator.run(restoreArgs(scene, one, ...flagsOfEveryKind, '--kubeconfig', account.kubeconfig, ...flags));

  const missing = await restore(backup, '--target', 'nothing');
  const asked = await restore(backup, '--dry-run=server');
  const restored = await restore(backup);
  const held = await restore(backup, '--hold');
  const run = operator.records().at(-1)?.run ?? '';
  const continued = await operator.run([
    ...['restore', '--continue', run, '-n', shop.name, '--yes', '--kubeconfig', account.kubeconfig],
  ]);
  const failed = await restore(broken, '--rollout-timeout', '5s');

  const all = [missing, asked, restored, held, continued, failed];
  assert.deepEqual(
    {
      exitCodes: all.map(({ exitCode }) => exitCode),
      ...permissionsOf(account),
      sawHeartbeat: sawHeartbeat(),
    },
    {
      exitCodes: [12, 0, 0, 0, 0, 15],
      unused: [],
      // Of the ClusterRole, which is not bound here.
      denied: ['get namespaces', 'list volumeattachments.storage.k8s.io'],
      sawHeartbeat: true,
    },
    all.map(({ stderr }) => stderr).join('\n'),
  );
});

clusterTest('`verify` needs every permission of its Role, and no other', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await openStore(scene);
  const { onRequest, sawHeartbeat } = untilHeartbeat();
  const account = await accountWith({ t, shop, roles: ['nkvm-verify'], onRequest });
  const verify = (...flags: readonly string[]) =>
    operator.run([
      ...['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--kubeconfig', account.kubeconfig],
      ...flags,
    ]);

  const missing = await verify('--target', 'nothing');
  const verified = await verify();
  const without = await verify('--helper-image', 'nkvm.local/none:1', '--pod-timeout', '3s');

  const all = [missing, verified, without];
  assert.deepEqual(
    {
      exitCodes: all.map(({ exitCode }) => exitCode),
      ...permissionsOf(account),
      sawHeartbeat: sawHeartbeat(),
    },
    { exitCodes: [12, 0, 13], unused: [], denied: ['get namespaces'], sawHeartbeat: true },
    all.map(({ stderr }) => stderr).join('\n'),
  );
});

for (const [role, place] of [
  ['nkvm-cleanup', []],
  ['nkvm-cleanup-everywhere', ['-A']],
] as const) {
  clusterTest(
    `\`${['cleanup', ...place].join(' ')}\` needs every permission of ${role}, and no other`,
    async (scene) => {
      const { t, shop, operator } = scene;
      const backup = await openStore(scene);
      const restore = operator.start(restoreArgs(scene, backup, ...flagsOfEveryKind, '--check', 'sleep 600'));
      await restore.until('Step 5.2: ');
      restore.kill('SIGKILL');
      await restore.exited;
      const run = operator.records().at(-1)?.run ?? '';
      const account = await accountWith({ t, shop, roles: [role, 'nkvm-keda', 'nkvm-gitops'] });
      const where = place.length === 0 ? ['-n', shop.name] : place;

      const cleanUp = (...flags: readonly string[]) =>
        operator.run(['cleanup', run, ...where, '--kubeconfig', account.kubeconfig, ...flags]);

      const cleaned = await cleanUp('--force');
      const resumed = await cleanUp('--resume');

      assert.deepEqual(
        { exitCodes: [cleaned.exitCode, resumed.exitCode], ...permissionsOf(account, ofRestore) },
        { exitCodes: [0, 0], unused: [], denied: [] },
        cleaned.stderr + resumed.stderr,
      );
      await everythingRuns(shop);
    },
  );
}

clusterTest('the ClusterRole only lets `restore` say more', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('orders'));
  await shop.claim('waiting', { storageClass: 'nkvm-wait' });
  const outcomes = [];
  for (const roles of [['nkvm-cluster'], []]) {
    const { kubeconfig, denied } = await accountWith({
      t,
      shop,
      roles: ['nkvm-restore', 'nkvm-keda', ...roles],
    });
    const results = [];
    for (const flags of [[], ['--target', 'nothing'], ['--target', 'waiting', '--dry-run']]) {
      results.push(await operator.run(restoreArgs(scene, backup, '--kubeconfig', kubeconfig, ...flags)));
    }
    const unseen = results.flatMap(
      ({ stderr }) => stderr.replace(/\s+/g, ' ').match(/you may not [^)]*? not known/g) ?? [],
    );
    outcomes.push({ exitCodes: results.map(({ exitCode }) => exitCode), denied: denied(), unseen });
  }
  const exitCodes = [0, 12, 0];
  assert.deepEqual(outcomes, [
    { exitCodes, denied: [], unseen: [] },
    {
      exitCodes,
      denied: [
        'get namespaces',
        'get storageclasses.storage.k8s.io',
        'list volumeattachments.storage.k8s.io',
      ],
      unseen: [
        'you may not list volumeattachments: whether the volume is free of other nodes is not known',
        'you may not get storageclasses: whether waiting binds when its pod comes is not known',
      ],
    },
  ]);
});

/** Of the ClusterRole nkvm-app-search, which is not bound here. */
const ofSearch = ['list deployments.apps', 'list namespaces', 'list pods'];

clusterTest('`--catalog app` needs every permission of nkvm-app-catalog, and no other', async (scene) => {
  const app = await InClusterApp.start(scene, { genuine: true, writesEveryMs: 0 });
  const account = await accountWith({ ...scene, roles: ['nkvm-app-catalog'] });
  const from = ['--kubeconfig', account.kubeconfig];

  const found = await scene.operator.run(['list', '-A', ...from]);
  const named = await scene.operator.run(['validate', 'backup/5', '--catalog', app.ref, ...from]);

  assert.deepEqual(
    { exitCodes: [found.exitCode, named.exitCode], ...permissionsOf(account) },
    { exitCodes: [0, 0], unused: [], denied: ofSearch },
    found.stderr + named.stderr,
  );
});

clusterTest('and of nkvm-app-reader while no pod of the app runs', async (scene) => {
  const { shop, operator } = scene;
  const app = await InClusterApp.start(scene, { genuine: true, writesEveryMs: 0, replicas: 0 });
  const { onRequest, sawHeartbeat } = untilHeartbeat();
  const account = await accountWith({ ...scene, roles: ['nkvm-app-catalog', 'nkvm-app-reader'], onRequest });
  const from = ['--kubeconfig', account.kubeconfig];

  const found = await operator.run(['validate', 'backup/5', ...from]);
  await shop.kubectl(['delete', 'pvc', app.claim.name]);
  const without = await operator.run(['list', '-A', '--catalog', app.ref, ...from]);

  assert.deepEqual(
    {
      exitCodes: [found.exitCode, without.exitCode],
      ...permissionsOf(account),
      sawHeartbeat: sawHeartbeat(),
    },
    {
      exitCodes: [0, 11],
      unused: [],
      // The last two: to say more of a volume that may hang on a node.
      denied: ['get namespaces', ...ofSearch, 'list volumeattachments.storage.k8s.io'].sort(),
      sawHeartbeat: true,
    },
    found.stderr + without.stderr,
  );
});

clusterTest('`list`, `validate` and `version` ask no cluster for anything', async (scene) => {
  const { t, shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  const account = await accountWith({ t, shop, roles: [] });
  const from = ['--catalog', app.catalog, '--kubeconfig', account.kubeconfig];

  const listed = await operator.run(['list', '-A', ...from]);
  const validated = await operator.run(['validate', `backup/${backup.id}`, ...from]);
  const version = await operator.run(['version']);

  assert.deepEqual(
    { exitCodes: [listed, validated, version].map(({ exitCode }) => exitCode), requests: account.requests },
    { exitCodes: [0, 0, 0], requests: [] },
  );
});

/** Of the Roles for keepers, which `cleanup` shares: it watches nothing, and pauses nothing anew. */
const ofRestore = [
  'get applicationsets.argoproj.io',
  'watch applications.argoproj.io',
  'watch helmreleases.helm.toolkit.fluxcd.io',
  'watch kustomizations.kustomize.toolkit.fluxcd.io',
  'watch scaledobjects.keda.sh',
];

/** A claim that every kind of workload mounts, and a backup of it. */
async function openStore({ shop, app }: Scene): Promise<FiledBackup> {
  const claim = await claimOfEveryKind(shop);
  writeFileSync(join(claim.folder, 'file'), 'content');
  return app.backUp(claim);
}

/** A Deployment that runs, and a backup with which it does not. */
async function openFragile({ shop, app }: Scene): Promise<FiledBackup> {
  const claim = await shop.claim('shelf');
  const poison = join(claim.folder, 'broken');
  writeFileSync(poison, '');
  const broken = await app.backUp(claim);
  rmSync(poison);
  const command = ['sh', '-c', 'test ! -e /shelf/broken && exec sleep 3600'];
  // Without a probe it is ready for as long as its shell takes to end.
  const readinessProbe = { exec: { command: ['test', '!', '-e', '/shelf/broken'] }, periodSeconds: 1 };
  const pod = { terminationGracePeriodSeconds: 0 };
  const container = { command, readinessProbe };
  await shop.apply(deployment('fragile', { claims: ['shelf'], container, pod }));
  await shop.rolledOut('deployment/fragile');
  return broken;
}

/** `alsoUsed`: by another command that has the same Role. */
function permissionsOf(account: Account, alsoUsed: readonly string[] = []) {
  const used = new Set([...account.used(), ...besideRequests, ...alsoUsed]);
  return { unused: account.granted.filter((one) => !used.has(one)), denied: account.denied() };
}

/** Holds what runs in the restore pod until a heartbeat was renewed: the commands of the tests are faster than that. */
function untilHeartbeat() {
  const seen = Promise.withResolvers<void>();
  let isSeen = false;
  return {
    sawHeartbeat: () => isSeen,
    onRequest: async ({ access }: ApiRequest): Promise<boolean> => {
      if (access?.resource === 'pods/exec' && access.name?.startsWith('nkvm-')) await seen.promise;
      if (access?.resource === 'pods' && access.verb === 'patch') {
        isSeen = true;
        seen.resolve();
      }
      return true;
    },
  };
}
