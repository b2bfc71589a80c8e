/** No way to the API server: exit 1, before any step, naming what is wrong and what to do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf } from '../support/failed-restore.ts';
import { startHttpProxy, startSocksProxy } from '../support/forward-proxy.ts';
import { clusterEntry, keeperToken, strangeAuthority, writeKubeconfig } from '../support/kubeconfig.ts';
import { Operator } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { wholeObjects } from '../support/volume-state.ts';

const lasting = 'deployments,persistentvolumeclaims,replicasets,pods';

interface Refused {
  readonly title: string;
  /** Flags or environment that bring the condition about, and what the message must name. */
  readonly cause: (scene: Scene) => Promise<{
    readonly flags?: readonly string[];
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly message: RegExp;
  }>;
  readonly action: RegExp;
}

const cases: readonly Refused[] = [
  {
    title: 'no kubeconfig anywhere',
    cause: async () => ({ env: { KUBECONFIG: undefined }, message: /no kubeconfig: .*\.kube\/config/s }),
    action: /--kubeconfig/,
  },
  {
    title: 'a KUBECONFIG that is not there',
    cause: async ({ operator }) => {
      const file = join(operator.home, 'none');
      return { env: { KUBECONFIG: file }, message: new RegExp(`${file} .*is not there`) };
    },
    action: /--kubeconfig/,
  },
  {
    title: 'a kubeconfig that is no YAML',
    cause: async ({ operator }) => {
      const file = join(operator.home, 'torn');
      writeFileSync(file, 'clusters: [');
      return { flags: ['--kubeconfig', file], message: new RegExp(`${file} is not a kubeconfig`) };
    },
    action: /--kubeconfig/,
  },
  ...(['context', 'cluster', 'user'] as const).map((kind) => ({
    title: `an unknown ${kind}`,
    cause: async () => ({
      flags: [`--${kind}`, 'nowhere'],
      message: new RegExp(`no ${kind} "nowhere"; it has: \\S`),
    }),
    action: new RegExp(`--${kind}`),
  })),
  {
    title: 'a port that nobody listens on',
    cause: async () => {
      const listener = createServer().listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      listener.close();
      const server = `https://127.0.0.1:${port}`;
      return {
        flags: ['--server', server],
        message: new RegExp(`no connection to ${server}: .*ECONNREFUSED`),
      };
    },
    action: /--context/,
  },
  {
    title: 'something that is no API server',
    cause: async () => ({
      flags: ['--server', (await clusterEntry()).server.replace('https:', 'http:')],
      message: /http:\S+ does not answer as an API server does \(400\)/,
    }),
    action: /address/,
  },
  {
    title: 'an API server of another certificate authority',
    cause: async ({ operator }) => ({
      flags: ['--certificate-authority', strangeAuthority(operator.home)],
      message: /https:\S+ cannot be trusted: .*UNABLE_TO_VERIFY/s,
    }),
    action: /certificate-authority/,
  },
  {
    title: 'a certificate authority file that is not there',
    cause: async () => ({
      flags: ['--certificate-authority', '/none/ca.crt'],
      message: /\/none\/ca\.crt/,
    }),
    action: /files/,
  },
  {
    title: 'a certificate of another name',
    cause: async () => ({
      flags: ['--tls-server-name', 'bank.example'],
      message: /https:\S+ cannot be trusted: .*bank\.example/s,
    }),
    action: /tls-server-name/,
  },
  {
    title: 'a token that was never given out',
    cause: async ({ operator, shop }) => {
      const token = await keeperToken(shop, []);
      const file = writeKubeconfig(join(operator.home, 'forged'), {
        cluster: await clusterEntry(),
        user: { token: `${token.slice(0, -8)}AAAAAAAA` },
      });
      return { flags: ['--kubeconfig', file], message: /does not accept the credentials .*401/ };
    },
    action: /Log in again/,
  },
  {
    title: 'a token that was taken back',
    cause: async ({ operator, shop }) => {
      const token = await keeperToken(shop, []);
      await shop.kubectl(['delete', 'serviceaccount', 'keeper']);
      const user = { token };
      const file = writeKubeconfig(join(operator.home, 'old'), { cluster: await clusterEntry(), user });
      return { flags: ['--kubeconfig', file], message: /does not accept the credentials .*401/ };
    },
    action: /Log in again/,
  },
  ...(['http', 'socks5'] as const).map((scheme) => ({
    title: `a ${scheme} proxy that wants a password`,
    cause: async ({ t, operator }: Scene) => {
      const start = scheme === 'http' ? startHttpProxy : startSocksProxy;
      const { url } = await start(t, { login: { user: 'pat', password: 'shop' } });
      const proxy = url.replace(':shop@', ':hidden@');
      const cluster = { ...(await clusterEntry()), 'proxy-url': proxy };
      const file = writeKubeconfig(join(operator.home, 'proxied'), { cluster, user: {} });
      const name = `${scheme}://${new URL(url).host}`;
      const why = scheme === 'http' ? '407 Proxy Authentication' : 'does not accept the user and password';
      return {
        flags: ['--kubeconfig', file],
        message: new RegExp(`^the proxy ${name} does not lead to 127(?!.*hidden).*${why}`),
      };
    },
    action: /proxy-url/,
  })),
  {
    title: 'a proxy that does not let one through',
    cause: async ({ t }) => {
      const { url } = await startHttpProxy(t, { refusal: 403 });
      const cluster = { ...(await clusterEntry()), 'proxy-url': url };
      const file = writeKubeconfig(join(tempFolder(t), 'proxied'), { cluster, user: {} });
      return { flags: ['--kubeconfig', file], message: /it answers 403/ };
    },
    action: /HTTPS_PROXY/,
  },
  {
    title: 'a proxy that is not there',
    cause: async ({ t }) => {
      const cluster = { ...(await clusterEntry()), 'proxy-url': 'socks5://127.0.0.1:9' };
      const file = writeKubeconfig(join(tempFolder(t), 'proxied'), { cluster, user: {} });
      return { flags: ['--kubeconfig', file], message: /127\.0\.0\.1:9 .*ECONNREFUSED/ };
    },
    action: /proxy-url/,
  },
  {
    title: 'a credential plugin that is not installed',
    cause: async ({ operator }) => {
      const apiVersion = 'client.authentication.k8s.io/v1';
      const exec = { apiVersion, command: 'no-such-login', interactiveMode: 'Never' };
      const cluster = await clusterEntry();
      const file = writeKubeconfig(join(operator.home, 'plugin'), { cluster, user: { exec } });
      return { flags: ['--kubeconfig', file], message: /no-such-login/ };
    },
    action: /./,
  },
];

clusterTest('no way to the API server is exit 1, and says what to do', async (scene) => {
  const { shop, app } = scene;
  const { backup } = await openShop(scene, {});
  const before = await wholeObjects(shop, lasting);
  for (const { title, cause, action } of cases) {
    await scene.t.test(title, async (t) => {
      const operator = new Operator(t);
      const { flags = [], env = {}, message } = await cause({ ...scene, t, operator });
      const args = ['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--yes', '-o', 'json'];

      const result = await operator.run([...args, ...flags], { env });

      const { exitCode, code, step, message: said } = failureOf(scene, result);
      assert.deepEqual(
        { exitCode, code, step },
        { exitCode: 1, code: 'no-connection', step: undefined },
        said,
      );
      assert.match(said, message);
      assert.match(result.stderr.split('what to do:')[1] ?? '', action);
      assert.deepEqual(await wholeObjects(shop, lasting), before);
      assert.deepEqual(operator.records(), []);
    });
  }
});
