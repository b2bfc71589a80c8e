/** An API server that is only reached through a proxy: requests, watches and exec all go through it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { clusterTest } from '../support/cluster-test.ts';
import {
  type ForwardProxy,
  startHttpProxy,
  startHttpsProxy,
  startSocksProxy,
} from '../support/forward-proxy.ts';
import { clusterEntry, writeKubeconfig } from '../support/kubeconfig.ts';
import { openReach, type Way } from '../support/reach.ts';

/** The API server's certificate has this name, and nobody but the proxy knows it. */
const hidden = 'kubernetes.default.svc';
const login = { user: 'pat@shop', password: 'p:a/ss' };

interface Before {
  readonly proxy: ForwardProxy;
  readonly fields?: object;
  readonly env?: Way['env'];
  readonly host?: string;
}

clusterTest('an API server behind a proxy is verified against through it', async (scene) => {
  const reach = await openReach(scene);
  for (const [title, start] of Object.entries(proxies)) {
    await scene.t.test(title, async (t) => {
      const { proxy, fields = {}, env = {}, host = hidden } = await start(t);
      const { server, ...rest } = await clusterEntry();
      const { port } = new URL(server);
      const { operator, given } = reach.newcomer(t);
      const file = writeKubeconfig(join(given.folder, 'kubeconfig'), {
        cluster: { ...rest, server: `https://${host}:${port}`, ...fields },
        user: { token: given.token },
      });
      const { exitCode, stderr } = await operator.run([...reach.args, '-v', '--kubeconfig', file], { env });
      assert.deepEqual(
        { exitCode, targets: [...new Set(proxy.targets)] },
        { exitCode: 0, targets: [`${host}:${port}`] },
        stderr,
      );
      assert.doesNotMatch(stderr, /ss@|p%3Aa/, 'the password is not shown');
    });
  }
});

clusterTest('a restore, with its watches, goes through a proxy whole', async (scene) => {
  const { t } = scene;
  const reach = await openReach(scene);
  const proxy = await startHttpProxy(t);
  const { operator, given } = reach.newcomer(t);
  const { server, ...rest } = await clusterEntry();
  const [, ...backup] = reach.args;
  const file = writeKubeconfig(join(given.folder, 'kubeconfig'), {
    cluster: { ...rest, server: `https://${hidden}:${new URL(server).port}`, 'proxy-url': proxy.url },
    user: {
      'client-certificate-data': Buffer.from(given.certificate).toString('base64'),
      'client-key-data': Buffer.from(given.key).toString('base64'),
    },
  });
  const { exitCode, stderr } = await operator.run(['restore', ...backup, '--yes', '--kubeconfig', file]);
  assert.equal(exitCode, 0, stderr);
});

const proxies: Readonly<Record<string, (t: TestContext) => Promise<Before>>> = {
  'proxy-url: HTTP': async (t) => throughUrl(await startHttpProxy(t)),
  'proxy-url: HTTP, with a user and a password': async (t) => throughUrl(await startHttpProxy(t, { login })),
  'proxy-url: HTTPS, of an authority that this machine trusts': async (t) => {
    const proxy = await startHttpsProxy(t);
    return { ...throughUrl(proxy), env: { SSL_CERT_FILE: proxy.authority } };
  },
  'proxy-url: SOCKS 5': async (t) => throughUrl(await startSocksProxy(t)),
  'proxy-url: SOCKS 5, with a user and a password': async (t) =>
    throughUrl(await startSocksProxy(t, { login })),
  'proxy-url, with tls-server-name': async (t) => {
    const proxy = await startSocksProxy(t);
    return { ...throughUrl(proxy, { 'tls-server-name': 'kubernetes' }), host: 'api.shop.example' };
  },
  'proxy-url: HTTP, to an IPv6 address': async (t) => {
    const proxy = await startHttpProxy(t);
    return { ...throughUrl(proxy, { 'tls-server-name': 'kubernetes' }), host: '[fd00::7]' };
  },
  'proxy-url: SOCKS 5, to an IPv6 address': async (t) => {
    const proxy = await startSocksProxy(t);
    return { ...throughUrl(proxy, { 'tls-server-name': 'kubernetes' }), host: '[fd00:0:0:1:2:3:4:7]' };
  },
  'proxy-url counts, whatever NO_PROXY says': async (t) => ({
    ...throughUrl(await startHttpProxy(t)),
    env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '*' },
  }),
  HTTPS_PROXY: async (t) => {
    const proxy = await startHttpProxy(t, { login });
    return { proxy, env: { HTTPS_PROXY: proxy.url, NO_PROXY: 'shop.example,10.0.0.0/8' } };
  },
  'https_proxy, without a scheme': async (t) => {
    const proxy = await startHttpProxy(t);
    return { proxy, env: { https_proxy: new URL(proxy.url).host } };
  },
  'HTTPS_PROXY: SOCKS 5': async (t) => {
    const proxy = await startSocksProxy(t);
    return { proxy, env: { HTTPS_PROXY: proxy.url } };
  },
};

function throughUrl(proxy: ForwardProxy, fields: object = {}): Before {
  return { proxy, fields: { 'proxy-url': proxy.url, ...fields } };
}
