/** Which proxy the environment asks for: the rules of Go's httpproxy, which kubectl follows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyBefore, proxyName } from '../../../src/cluster/proxy.ts';

const proxy = 'http://proxy.shop.example:3128';

function proxied(
  server: string,
  env: Readonly<Record<string, string>>,
  proxyUrl?: string,
): string | undefined {
  const found = proxyBefore({ server, skipTlsVerify: false, ...(proxyUrl && { proxyUrl }) }, env);
  return found && proxyName(found);
}

for (const [title, server, env, expected] of [
  ['none', 'https://api.shop.example', {}, undefined],
  ['HTTPS_PROXY', 'https://api.shop.example', { HTTPS_PROXY: proxy }, proxy],
  ['https_proxy', 'https://api.shop.example', { https_proxy: proxy }, proxy],
  [
    'HTTPS_PROXY before https_proxy',
    'https://a.example',
    { HTTPS_PROXY: proxy, https_proxy: 'http://b' },
    proxy,
  ],
  ['HTTP_PROXY is not for https', 'https://api.shop.example', { HTTP_PROXY: proxy }, undefined],
  ['HTTP_PROXY is for http', 'http://api.shop.example', { HTTP_PROXY: proxy }, proxy],
  ['a proxy without a scheme', 'https://a.example', { HTTPS_PROXY: 'proxy.shop.example:3128' }, proxy],
  ['a SOCKS proxy', 'https://a.example', { HTTPS_PROXY: 'socks5://p:1080' }, 'socks5://p:1080'],
  ['localhost', 'https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
  ['loopback', 'https://127.1.2.3:6443', { HTTPS_PROXY: proxy }, undefined],
  ['loopback of IPv6', 'https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
] as const) {
  test(`the proxy before ${server}: ${title}`, () => {
    assert.equal(proxied(server, env), expected);
  });
}

for (const { noProxy, direct, through } of [
  { noProxy: '*', direct: ['https://a.example'], through: [] },
  {
    noProxy: ' shop.example , 10.0.0.7',
    direct: ['https://shop.example', 'https://api.SHOP.example', 'https://10.0.0.7:6443'],
    through: ['https://workshop.example', 'https://10.0.0.70', 'https://shop.example.org'],
  },
  {
    noProxy: '.shop.example',
    direct: ['https://api.shop.example'],
    through: ['https://shop.example', 'https://workshop.example'],
  },
  { noProxy: '*.shop.example', direct: ['https://api.shop.example'], through: ['https://shop.example'] },
  {
    noProxy: 'api.shop.example:6443',
    direct: ['https://api.shop.example:6443'],
    through: ['https://api.shop.example'],
  },
  { noProxy: 'api.shop.example:443', direct: ['https://api.shop.example'], through: [] },
  {
    noProxy: '10.0.0.0/8,fd00::/8',
    direct: ['https://10.9.8.7', 'https://[fd00::7]:6443'],
    through: ['https://11.0.0.1', 'https://[fe80::7]', 'https://api.shop.example'],
  },
  { noProxy: '[fd00::7]:6443', direct: ['https://[fd00::7]:6443'], through: ['https://[fd00::7]:8443'] },
  { noProxy: 'fd00::7', direct: ['https://[fd00::7]:6443'], through: ['https://[fd00::8]:6443'] },
  { noProxy: ',,10.0.0.0/99', direct: [], through: ['https://10.0.0.1'] },
]) {
  test(`NO_PROXY=${noProxy}`, () => {
    const env = { HTTPS_PROXY: proxy, NO_PROXY: noProxy };
    const isDirect = (server: string) => proxied(server, env) === undefined;
    assert.deepEqual(
      { direct: direct.filter(isDirect), through: through.filter((server) => !isDirect(server)) },
      { direct, through },
    );
  });
}

test('proxy-url of the kubeconfig comes before the environment, for loopback and NO_PROXY too', () => {
  const env = { HTTPS_PROXY: proxy, NO_PROXY: '*' };
  assert.equal(proxied('https://127.0.0.1', env, 'https://pat:secret@p:8443'), 'https://p:8443');
});

for (const [url, words] of [
  ['socks4://p:1080', /proxy-url in the kubeconfig is no proxy that can be used: socks4:\/\/p:1080$/],
  ['p:3128', /proxy-url in the kubeconfig is no proxy that can be used/],
  ['http://pat:secret@[::', /it is no URL$/],
] as const) {
  test(`proxy-url ${url} is refused without showing a password`, () => {
    assert.throws(() => proxied('https://a.example', {}, url), words);
  });
}
