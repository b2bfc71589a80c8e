/** The kubeconfig with kubectl's flags on top of it: which of the two counts. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { test } from 'node:test';
import type { ConnectFlags } from '../../../src/cluster/connect.ts';
import { ConnectionError } from '../../../src/cluster/connection-error.ts';
import { impersonationHeaders, impersonationOf } from '../../../src/cluster/impersonation.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { writeKubeconfig } from '../../support/kubeconfig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const server = 'https://api.shop.example';

const cases: readonly {
  readonly title: string;
  readonly cluster: object;
  readonly flags?: Partial<ConnectFlags>;
  readonly endpoint: object;
}[] = [
  {
    title: 'all that a cluster says',
    cluster: {
      server,
      'certificate-authority-data': 'QQ==',
      'tls-server-name': 'api',
      'proxy-url': 'http://proxy:3128',
    },
    endpoint: {
      server,
      authorityData: 'QQ==',
      tlsServerName: 'api',
      skipTlsVerify: false,
      proxyUrl: 'http://proxy:3128',
    },
  },
  {
    title: '--server says nothing about the name of another server',
    cluster: { server, 'tls-server-name': 'api', 'proxy-url': 'http://proxy:3128' },
    flags: { server: 'https://other' },
    endpoint: { server: 'https://other', skipTlsVerify: false, proxyUrl: 'http://proxy:3128' },
  },
  {
    title: '--tls-server-name goes with --server',
    cluster: { server, 'tls-server-name': 'api' },
    flags: { server: 'https://other', tlsServerName: 'name' },
    endpoint: { server: 'https://other', tlsServerName: 'name', skipTlsVerify: false },
  },
  {
    title: '--certificate-authority ends insecure-skip-tls-verify',
    cluster: { server, 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'QQ==' },
    flags: { certificateAuthority: 'ca.crt' },
    endpoint: { server, authorityFile: 'ca.crt', skipTlsVerify: false },
  },
  {
    title: '--insecure-skip-tls-verify',
    cluster: { server },
    flags: { insecureSkipTlsVerify: true },
    endpoint: { server, skipTlsVerify: true },
  },
  {
    title: 'a server without a scheme, and an authority',
    cluster: { server: 'api.shop.example:6443', 'certificate-authority-data': 'QQ==' },
    endpoint: { server: 'https://api.shop.example:6443', authorityData: 'QQ==', skipTlsVerify: false },
  },
  {
    title: 'a server without a scheme, and nothing of TLS',
    cluster: { server: '127.0.0.1:8001' },
    endpoint: { server: 'http://127.0.0.1:8001', skipTlsVerify: false },
  },
];

for (const { title, cluster, flags = {}, endpoint } of cases) {
  test(`an endpoint: ${title}`, (t) => {
    const kubeconfig = writeKubeconfig(`${tempFolder(t)}/config`, { cluster, user: {} });
    const config = loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false, ...flags });
    assert.deepEqual(config.endpoint, endpoint);
  });
}

test('a cluster without a server is refused', (t) => {
  const kubeconfig = writeKubeconfig(`${tempFolder(t)}/config`, { cluster: {}, user: {} });
  assert.throws(
    () => loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false }),
    /the cluster's server "" is no address/,
  );
});

test('kubeconfigs without a context are named', (t) => {
  const folder = tempFolder(t);
  const files = ['one', 'two'].map((name) => `${folder}/${name}`);
  for (const file of files) writeFileSync(file, '');
  const KUBECONFIG = [...files, `${folder}/none`].join(delimiter);
  assert.throws(() => loadKubeconfig({ env: { KUBECONFIG } }, { insecureSkipTlsVerify: false }), {
    name: 'ConnectionError',
    message: `there is no context in the kubeconfig ${files.join(', ')}`,
  });
});

test("the password of the server's URL is the user's, and not in what is shown", (t) => {
  const cluster = { server: 'https://joe:S3CRETPW@api.shop.example' };
  const configs = [{ token: 'T' }, { username: 'pat' }].map((user) => {
    const kubeconfig = writeKubeconfig(`${tempFolder(t)}/config`, { cluster, user });
    return loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false });
  });
  assert.deepEqual(
    configs.map(({ endpoint, userFields }) => [endpoint, userFields]),
    [
      [
        { server, skipTlsVerify: false },
        { token: 'T', username: 'joe', password: 'S3CRETPW' },
      ],
      [{ server, skipTlsVerify: false }, { username: 'pat' }],
    ],
  );
});

test("a password in a server's URL that cannot be read is not told", (t) => {
  const cluster = { server: 'https://joe:S3CRET/PW@api.shop.example' };
  const { message } = failureOf(writeKubeconfig(`${tempFolder(t)}/config`, { cluster, user: {} }));
  assert.equal(message, `the cluster's server "api.shop.example" is no address`);
});

for (const [mistake, what] of [
  ['token: S3CRET: x', 'missed comma between flow collection entries (line 2)'],
  ['password: *S3CRET', 'unidentified alias (line 2)'],
  ['password: !S3CRET x', 'unknown scalar tag (line 2)'],
] as const) {
  test(`a kubeconfig with a mistake in YAML is told without a word of it: ${what}`, (t) => {
    const kubeconfig = `${tempFolder(t)}/config`;
    writeFileSync(kubeconfig, `users:\n  - user: { ${mistake} }\n`);
    const { message, cause } = failureOf(kubeconfig);
    assert.deepEqual([message, cause], [`${kubeconfig} is not a kubeconfig: ${what}`, undefined]);
  });
}

test('impersonation: the flags come first, field by field', () => {
  const user = { as: 'pat', 'as-uid': '7', 'as-groups': ['day'], 'as-user-extra': { shift: ['night'] } };
  assert.deepEqual(
    [{ groups: [] }, { user: 'keeper', groups: [] }, { groups: ['night', 'a,b'], uid: '8' }].map((flags) =>
      impersonationOf(user, flags),
    ),
    [
      { user: 'pat', uid: '7', groups: ['day'], extra: { shift: ['night'] } },
      { user: 'keeper', uid: '7', groups: ['day'], extra: { shift: ['night'] } },
      { user: 'pat', uid: '8', groups: ['night', 'a,b'], extra: { shift: ['night'] } },
    ],
  );
});

test('impersonation: a line for each group, and extra keys as a header can have them', () => {
  const extra = { 'shop.example/shift': ['day', 'night'] };
  assert.deepEqual(
    [
      impersonationHeaders({ groups: [] }),
      impersonationHeaders({ user: 'pat', groups: ['a,b', 'c'], extra }),
    ],
    [
      {},
      {
        'Impersonate-User': 'pat',
        'Impersonate-Group': ['a,b', 'c'],
        'Impersonate-Extra-shop.example%2Fshift': ['day', 'night'],
      },
    ],
  );
});

function failureOf(kubeconfig: string): ConnectionError {
  try {
    loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false });
  } catch (error) {
    if (error instanceof ConnectionError) return error;
    throw error;
  }
  throw new Error(`${kubeconfig} was taken`);
}
