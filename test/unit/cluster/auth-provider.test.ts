/** A user's `auth-provider` that has nothing to give: said so, with what to use instead, and never a request without a user. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authProviderOf } from '../../../src/cluster/auth-provider.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { writeKubeconfig } from '../../support/kubeconfig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const jwt = (payload: object): string => `${part({ alg: 'none' })}.${part(payload)}.`;
const current = jwt({ exp: 4_000_000_000 });
const gone = 'Kubernetes has no such auth-provider any more, only "oidc"';
const nothing = 'its id-token is missing or has expired, and there is nothing to renew it with';

const cases: readonly (readonly [unknown, string])[] = [
  [{ name: 'gcp' }, `"gcp" of user "keeper" gives no credential: ${gone}`],
  [{ name: 'azure', config: { 'expires-on': '1' } }, `"azure" of user "keeper" gives no credential: ${gone}`],
  ['oidc', `"" of user "keeper" gives no credential: ${gone}`],
  [{ name: 'oidc' }, '"oidc" of user "keeper" gives no credential: it has no config'],
  [{ name: 'oidc', config: {} }, `"oidc" of user "keeper" gives no credential: ${nothing}`],
  [
    { name: 'oidc', config: { 'id-token': jwt({ exp: 1 }) } },
    `"oidc" of user "keeper" gives no credential: ${nothing}`,
  ],
  [
    { name: 'oidc', config: { 'id-token': 'S3CRET.S3CRET.S3CRET' } },
    '"oidc" of user "keeper" gives no credential: its id-token is no JSON Web Token',
  ],
];

for (const [authProvider, what] of cases) {
  test(`the auth-provider ${what}`, async (t) => {
    const error = { name: 'ConnectionError', message: `the auth-provider ${what}` };
    await assert.rejects(async () => providerOf(t, authProvider)?.(), error);
  });
}

test('the auth-provider "oidc" gives its id-token while it holds', async (t) => {
  const authProvider = { name: 'oidc', config: { 'id-token': current } };
  assert.equal(await providerOf(t, authProvider)?.(), `Bearer ${current}`);
});

function providerOf(t: Parameters<typeof tempFolder>[0], authProvider: unknown) {
  const kubeconfig = writeKubeconfig(`${tempFolder(t)}/config`, {
    cluster: { server: 'https://api.shop.example' },
    user: { 'auth-provider': authProvider },
  });
  return authProviderOf(loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false }));
}
