/** As whom: with exactly the documented Role, and as somebody else. Requests and exec must both take it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  optionalPermissions,
  requiredPermissions,
  verifyPermissions,
  workloadPermissions,
} from '../../src/runbook/permissions.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { whileExecNeeds } from '../support/exec-policy.ts';
import { leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { clusterAccess, clusterEntry, grant, keeperToken, writeKubeconfig } from '../support/kubeconfig.ts';
import { openShop } from '../support/stopping-points.ts';
import { deployment } from '../support/workloads.ts';

const ofRestore = [...requiredPermissions, ...workloadPermissions, ...optionalPermissions];
const asFound = ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'];

clusterTest('a ServiceAccount with exactly the documented Role restores and verifies', async (scene) => {
  const { shop, app, operator } = scene;
  const { backup } = await openShop(scene, {});
  const token = await keeperToken(shop, ofRestore);
  const { server, authority } = await clusterAccess();
  // Relative paths in a kubeconfig are relative to it, not to where one stands.
  const folder = join(operator.home, 'access');
  mkdirSync(folder);
  writeFileSync(join(folder, 'ca.crt'), authority);
  writeFileSync(join(folder, 'token'), token);
  const file = writeKubeconfig(join(folder, 'kubeconfig'), {
    cluster: { server, 'certificate-authority': 'ca.crt' },
    user: { tokenFile: 'token' },
    namespace: shop.name,
  });

  const named = ['orders-data', '--catalog', app.catalog, '-o', 'json', '--kubeconfig', file];
  const restored = await operator.run(['restore', ...named, '--yes']);
  const left = await leftOn(shop);
  const verified = await operator.run(['verify', ...named]);

  const { authenticatedAs, backup: row } = recordOf(restored.stdout, restored.stderr);
  assert.deepEqual(
    { restored: restored.exitCode, authenticatedAs, id: row?.id, left, verified: verified.exitCode },
    {
      restored: 0,
      authenticatedAs: `system:serviceaccount:${shop.name}:keeper`,
      id: backup.id,
      left: asFound,
      verified: 0,
    },
    restored.stderr + verified.stderr,
  );
});

clusterTest('--as and --as-group, or the kubeconfig’s, hold for requests and for exec', async (scene) => {
  const { shop, operator } = scene;
  const { backup } = await openShop(scene, {});
  await grant(shop, ofRestore, { kind: 'Group', name: 'night,shift' });
  const allowed = 'request.userInfo.username == "keeper"';
  await whileExecNeeds(shop, { allowed, pod: 'deployment/orders' }, async () => {
    const as = ['--as', 'keeper', '--as-group', 'day', '--as-group', 'night,shift'];

    const { exitCode, stdout, stderr } = await operator.run(restoreArgs(scene, backup, ...as));
    const alone = await operator.run(restoreArgs(scene, backup, '--as', 'keeper', '--as-group', 'day'));
    const file = await impersonator(operator.home, { as: 'keeper', 'as-groups': ['day', 'night,shift'] });
    const configured = await operator.run(restoreArgs(scene, backup, '--kubeconfig', file));
    const overridden = await operator.run(
      restoreArgs(scene, backup, '--kubeconfig', file, '--as', 'guest', '--as-group', 'night,shift'),
    );
    const admin = await operator.run(restoreArgs(scene, backup));

    assert.deepEqual(
      {
        exitCode,
        authenticatedAs: recordOf(stdout, stderr).authenticatedAs,
        alone: recordOf(alone.stdout, alone.stderr).error?.code,
        configured: recordOf(configured.stdout, configured.stderr).authenticatedAs,
        overridden: recordOf(overridden.stdout, overridden.stderr).authenticatedAs,
        exitCodes: [configured.exitCode, overridden.exitCode],
        // The proof that exec is looked at.
        admin: recordOf(admin.stdout, admin.stderr).error?.code,
        left: await leftOn(shop),
      },
      {
        exitCode: 0,
        authenticatedAs: 'keeper',
        alone: 'permission-missing',
        configured: 'keeper',
        overridden: 'guest',
        // A guest may not exec.
        exitCodes: [0, 14],
        admin: 'copy-failed',
        left: asFound,
      },
      stderr,
    );
  });
});

clusterTest(
  'what the kubeconfig says beside a name (as-user-extra) goes with requests and exec',
  async (scene) => {
    const { shop, app, operator } = scene;
    await shop.apply(deployment('web', { container: { command: ['sleep', '3600'] } }));
    await shop.rolledOut('deployment/web');
    const backup = await app.backUp(await shop.claim('data'));
    await grant(shop, verifyPermissions, { kind: 'User', name: 'keeper' });
    const extra = await impersonator(operator.home, {
      as: 'keeper',
      'as-user-extra': { 'Shop.example/shift': ['day', 'night'] },
    });
    const verify = (...flags: readonly string[]) =>
      operator.run(['verify', `backup/${backup.id}`, '--catalog', app.catalog, ...flags]);
    const allowed =
      'has(request.userInfo.extra) && "shop.example/shift" in request.userInfo.extra && ' +
      'request.userInfo.extra["shop.example/shift"] == ["day", "night"]';
    await whileExecNeeds(shop, { allowed, pod: 'deployment/web' }, async () => {
      const configured = await verify('--kubeconfig', extra);
      const without = await verify('--as', 'keeper');

      assert.deepEqual([configured.exitCode, without.exitCode], [0, 15], configured.stderr + without.stderr);
      assert.match(without.stderr, /not your shift/);
    });
  },
);

/** The tests' administrator, who is somebody else by what their kubeconfig says. */
async function impersonator(folder: string, fields: object): Promise<string> {
  const { certificate, key } = await clusterAccess();
  const user = {
    'client-certificate-data': Buffer.from(certificate).toString('base64'),
    'client-key-data': Buffer.from(key).toString('base64'),
    ...fields,
  };
  return writeKubeconfig(join(folder, `as-${randomUUID()}`), { cluster: await clusterEntry(), user });
}
