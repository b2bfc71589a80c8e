/** kubectl's ways to a cluster: requests and exec must both take them. `verify` does both, and changes nothing. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
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
import {
  type ClusterAccess,
  clusterAccess,
  clusterEntry,
  grant,
  keeperToken,
  strangeAuthority,
  writeKubeconfig,
} from '../support/kubeconfig.ts';
import { Operator, type PluginOptions } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';

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

clusterTest('--as and --as-group hold for requests and for exec', async (scene) => {
  const { shop, operator } = scene;
  const { backup } = await openShop(scene, {});
  await grant(shop, ofRestore, { kind: 'Group', name: 'night,shift' });
  const allowed = 'request.userInfo.username == "keeper"';
  await whileExecNeeds(shop, { allowed, pod: 'deployment/orders' }, async () => {
    const as = ['--as', 'keeper', '--as-group', 'day', '--as-group', 'night,shift'];

    const { exitCode, stdout, stderr } = await operator.run(restoreArgs(scene, backup, ...as));
    const alone = await operator.run(restoreArgs(scene, backup, '--as', 'keeper', '--as-group', 'day'));
    const admin = await operator.run(restoreArgs(scene, backup));

    assert.deepEqual(
      {
        exitCode,
        authenticatedAs: recordOf(stdout, stderr).authenticatedAs,
        alone: recordOf(alone.stdout, alone.stderr).error?.code,
        // The proof that exec is looked at.
        admin: recordOf(admin.stdout, admin.stderr).error?.code,
        left: await leftOn(shop),
      },
      {
        exitCode: 0,
        authenticatedAs: 'keeper',
        alone: 'permission-missing',
        admin: 'copy-failed',
        left: asFound,
      },
      stderr,
    );
  });
});

clusterTest('every way to connect that kubectl has serves requests and exec', async (scene) => {
  const { shop, app } = scene;
  const { backup } = await openShop(scene, {});
  assert.equal((await scene.operator.run(restoreArgs(scene, backup))).exitCode, 0);
  const access = await clusterAccess();
  const token = await keeperToken(shop, verifyPermissions);
  for (const [title, way] of Object.entries(ways)) {
    await scene.t.test(title, async (t) => {
      const operator = new Operator(t);
      const { flags = [], env = {} } = await way(operator.home, { ...access, token });
      const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--quick', ...flags];
      const { exitCode, stdout, stderr } = await operator.run(args, { env });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /is alike, but for content that was not read/);
    });
  }
});

interface Way extends PluginOptions {
  readonly flags?: readonly string[];
}

type Given = ClusterAccess & { readonly token: string };

const ways: Readonly<Record<string, (folder: string, given: Given) => Promise<Way>>> = {
  'several KUBECONFIG files, the first definition wins': async (folder, { token }) => {
    const user = { token };
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    writeKubeconfig(second, { cluster: { server: 'https://127.0.0.1:9' }, user });
    const cluster = await clusterEntry();
    const config = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'shop', cluster }] };
    writeFileSync(first, JSON.stringify(config));
    return { env: { KUBECONFIG: `${join(folder, 'none')}:${first}:${second}` } };
  },
  'a client certificate and its key in files beside the kubeconfig': async (folder, given) => {
    mkdirSync(join(folder, 'pki'));
    for (const name of ['authority', 'certificate', 'key'] as const) {
      writeFileSync(join(folder, 'pki', name), given[name]);
    }
    const file = writeKubeconfig(join(folder, 'kubeconfig'), {
      cluster: { server: given.server, 'certificate-authority': 'pki/authority' },
      user: { 'client-certificate': 'pki/certificate', 'client-key': 'pki/key' },
    });
    return { flags: ['--kubeconfig', file] };
  },
  '--server, --certificate-authority and --tls-server-name': async (folder, { server, authority, token }) => {
    const cluster = { server: 'https://127.0.0.1:9', 'certificate-authority': strangeAuthority(folder) };
    const file = writeKubeconfig(join(folder, 'kubeconfig'), { cluster, user: { token } });
    writeFileSync(join(folder, 'ca.crt'), authority);
    const flags = ['--kubeconfig', file, '--server', server, '--certificate-authority', 'ca.crt'];
    return { flags: [...flags, '--tls-server-name', 'kubernetes.default.svc'] };
  },
  '--insecure-skip-tls-verify': async (folder, { server, token }) => {
    const cluster = { server, 'certificate-authority': strangeAuthority(folder) };
    const file = writeKubeconfig(join(folder, 'kubeconfig'), { cluster, user: { token } });
    return { flags: ['--insecure-skip-tls-verify', '--kubeconfig', file] };
  },
  '--context, --cluster and --user of a kubeconfig without a current one': async (folder, { token }) => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'west', cluster: await clusterEntry() }],
      users: [{ name: 'keeper', user: { token } }],
      contexts: [{ name: 'bare', context: { cluster: 'gone', user: 'gone' } }],
    };
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, JSON.stringify(config));
    return { flags: ['--kubeconfig', file, '--context=bare', '--cluster', 'west', '--user', 'keeper'] };
  },
  'a credential plugin that gives a token': async (folder, { token }) =>
    withPlugin(folder, { token }, await clusterEntry()),
  'a credential plugin that gives a client certificate': async (folder, { certificate, key }) =>
    withPlugin(folder, { clientCertificateData: certificate, clientKeyData: key }, await clusterEntry()),
};

/** The plugin lies beside the kubeconfig, is named relative to it, and wants one variable. */
function withPlugin(folder: string, status: object, cluster: object): Way {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
  writeFileSync(join(folder, 'answer'), answer);
  const plugin = join(folder, 'login');
  writeFileSync(plugin, '#!/bin/sh\n[ "$SHOP" = open ] && [ "$1" = get ] && cat "$(dirname "$0")/answer"\n');
  chmodSync(plugin, 0o755);
  const env = [{ name: 'SHOP', value: 'open' }];
  const exec = { apiVersion, command: './login', args: ['get'], env, interactiveMode: 'Never' };
  return {
    flags: ['--kubeconfig', writeKubeconfig(join(folder, 'kubeconfig'), { cluster, user: { exec } })],
  };
}
