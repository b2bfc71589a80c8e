/** What a kubeconfig may say of a cluster and a user, and the flags on top of it: requests and exec both take it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startApiProxy } from '../support/api-proxy.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { clusterEntry, strangeAuthority, writeKubeconfig } from '../support/kubeconfig.ts';
import { accountWith } from '../support/least-permissions.ts';
import { type TestNamespace, until } from '../support/namespace.ts';
import { type Given, openReach, type Way } from '../support/reach.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

clusterTest('every way to connect that kubectl has serves requests and exec', async (scene) => {
  const reach = await openReach(scene);
  for (const [title, way] of Object.entries(ways)) {
    await scene.t.test(title, async (t) => {
      const { exitCode, stderr } = await reach.verify(t, way);
      assert.equal(exitCode, 0, stderr);
    });
  }
});

clusterTest('an API server at an IPv6 address', async (scene) => {
  const reach = await openReach(scene);
  const proxy = await startTcpProxy(scene.t, (await clusterEntry()).server, '::1').catch(() => undefined);
  if (proxy === undefined) return scene.t.skip('this machine has no IPv6');
  const { exitCode, stderr } = await reach.verify(scene.t, async (given) => {
    const cluster = { ...(await clusterEntry()), server: proxy.server, 'tls-server-name': 'kubernetes' };
    return named(given, cluster, { token: given.token });
  });
  assert.equal(exitCode, 0, stderr);
});

clusterTest('an API server below a path, as Rancher has it, restores and verifies', async (scene) => {
  const { t } = scene;
  const reach = await openReach(scene);
  const paths = new Set<string>();
  const proxy = await startApiProxy(t, {
    pathPrefix: '/k8s/clusters/c-1',
    onAnswer: ({ access }) => {
      if (access !== undefined) paths.add(`${access.verb} ${access.resource}`);
      return true;
    },
  });
  const { operator } = reach.newcomer(t);
  // A slash at its end is one too many.
  const flags = ['--kubeconfig', proxy.kubeconfig, '--server', `${proxy.server}/`];
  const [, ...backup] = reach.args;

  const restored = await operator.run(['restore', ...backup, ...flags, '--yes']);
  const verified = await operator.run([...reach.args, ...flags]);

  assert.deepEqual([restored.exitCode, verified.exitCode], [0, 0], restored.stderr + verified.stderr);
  const seen = ['get pods/exec', 'watch pods', 'create pods'].filter((one) => paths.has(one));
  assert.deepEqual(seen, ['get pods/exec', 'watch pods', 'create pods']);
});

clusterTest('a token file that changes under way is read again', async (scene) => {
  const { t, shop } = scene;
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(t);
  const tokenFile = join(given.folder, 'token');
  const next = await accountWith({ t, shop, roles: ['nkvm-verify'] });
  const nextToken = JSON.parse(readFileSync(next.kubeconfig, 'utf8')).users[0].user.token;
  // As a file on a disk has it.
  writeFileSync(tokenFile, `${given.token}\n`);
  const steps: string[] = [];
  const proxy = await startApiProxy(t, {
    onRequest: async ({ access }) => {
      if (steps.length === 0 && access?.resource === 'pods' && access.verb === 'create') {
        // This request has the old token already.
        writeFileSync(tokenFile, `${nextToken}\n`);
        steps.push('renewed');
      } else if (steps.length === 1) {
        steps.push('taken back');
        await shop.kubectl(['delete', 'rolebinding', 'keeper']);
        await until(() => mayNotCreatePods(shop, 'keeper'));
      }
      return true;
    },
  });
  const file = writeKubeconfig(join(given.folder, 'kubeconfig'), {
    cluster: { server: proxy.server, 'certificate-authority': proxy.authority },
    user: { tokenFile: 'token' },
  });

  const { exitCode, stderr } = await operator.run([...reach.args, '--kubeconfig', file]);

  assert.deepEqual({ exitCode, steps }, { exitCode: 0, steps: ['renewed', 'taken back'] }, stderr);
});

async function mayNotCreatePods(shop: TestNamespace, account: string): Promise<boolean> {
  const subject = `--as=system:serviceaccount:${shop.name}:${account}`;
  const answer = await shop.kubectl(['auth', 'can-i', 'create', 'pods', subject]).catch(String);
  return !answer.startsWith('yes');
}

const ways: Readonly<Record<string, (given: Given) => Promise<Way>>> = {
  'several KUBECONFIG files: the first definition wins, empty and missing ones do not matter': async (
    given,
  ) => {
    const { folder, token } = given;
    const [first, second, empty] = [join(folder, 'first'), join(folder, 'second'), join(folder, 'empty')];
    writeFileSync(empty, '');
    writeKubeconfig(second, { cluster: { server: 'https://127.0.0.1:9' }, user: { token } });
    const cluster = await clusterEntry();
    const config = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'shop', cluster }] };
    writeFileSync(first, JSON.stringify(config));
    return { env: { KUBECONFIG: [join(folder, 'none'), empty, first, second].join(delimiter) } };
  },
  'a client certificate and its key in files beside the kubeconfig': async (given) => {
    const { folder, server } = given;
    mkdirSync(join(folder, 'pki'));
    for (const name of ['authority', 'certificate', 'key'] as const) {
      writeFileSync(join(folder, 'pki', name), given[name]);
    }
    const cluster = { server, 'certificate-authority': 'pki/authority' };
    return named(given, cluster, { 'client-certificate': 'pki/certificate', 'client-key': 'pki/key' });
  },
  'a client certificate and its key in the kubeconfig': async (given) => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    return named(given, await clusterEntry(), {
      'client-certificate-data': base64(given.certificate),
      'client-key-data': base64(given.key),
      // What is in the file itself counts.
      'client-key': 'none',
    });
  },
  '--server, --certificate-authority and --tls-server-name': async (given) => {
    const { folder, server, authority, token } = given;
    const elsewhere = { server: 'https://127.0.0.1:9', 'certificate-authority': strangeAuthority(folder) };
    writeFileSync(join(folder, 'ca.crt'), authority);
    const { flags = [] } = named(given, elsewhere, { token });
    const over = ['--server', server, '--certificate-authority', 'ca.crt'];
    return { flags: [...flags, ...over, '--tls-server-name', 'kubernetes.default.svc'] };
  },
  'tls-server-name in the kubeconfig': async (given) => {
    // The API server's certificate does not have this address.
    const proxy = await startTcpProxy(given.t, given.server, '127.0.0.2');
    const cluster = { ...(await clusterEntry()), server: proxy.server, 'tls-server-name': 'kubernetes' };
    return named(given, cluster, { token: given.token });
  },
  '--server without the tls-server-name of the server in the kubeconfig': async (given) => {
    const elsewhere = { server: 'https://127.0.0.1:9', 'tls-server-name': 'bank.example' };
    const { flags = [] } = named(given, { ...(await clusterEntry()), ...elsewhere }, { token: given.token });
    return { flags: [...flags, '--server', given.server] };
  },
  '--insecure-skip-tls-verify': async (given) => {
    const cluster = { server: given.server, 'certificate-authority': strangeAuthority(given.folder) };
    const { flags = [] } = named(given, cluster, { token: given.token });
    return { flags: [...flags, '--insecure-skip-tls-verify'] };
  },
  'insecure-skip-tls-verify in the kubeconfig': async (given) =>
    named(given, { server: given.server, 'insecure-skip-tls-verify': true }, { token: given.token }),
  'no certificate authority, but one that this machine trusts': async (given) => {
    const file = join(given.folder, 'ca.crt');
    writeFileSync(file, given.authority);
    return {
      ...named(given, { server: given.server }, { token: given.token }),
      env: { SSL_CERT_FILE: file },
    };
  },
  '--context, --cluster and --user of a kubeconfig without a current one': async ({ folder, token }) => {
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
};

function named({ folder }: Given, cluster: object, user: object): Way {
  return { flags: ['--kubeconfig', writeKubeconfig(join(folder, 'kubeconfig'), { cluster, user })] };
}
