/** A token that no header can hold: whose it is, and where it stands. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Credentials } from '../../../src/cluster/credentials.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { writeKubeconfig } from '../../support/kubeconfig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const token = 'S3CRET\nTOKEN';
const apiVersion = 'client.authentication.k8s.io/v1';
const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });

const users: Readonly<Record<string, (folder: string) => { readonly user: object; readonly place: string }>> =
  {
    'the kubeconfig': () => ({ user: { token }, place: 'in the kubeconfig' }),
    'a file': (folder) => {
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, token);
      return { user: { tokenFile }, place: tokenFile };
    },
    'a credential plugin': () => ({
      user: { exec: { apiVersion, command: 'printf', args: ['%s', answer] } },
      place: 'of its credential plugin',
    }),
  };

for (const [origin, choose] of Object.entries(users)) {
  test(`a token of ${origin} with a line break in it is named`, async (t) => {
    const folder = tempFolder(t);
    const { user, place } = choose(folder);
    const cluster = { server: 'https://api.shop.example' };
    const kubeconfig = writeKubeconfig(join(folder, 'config'), { cluster, user });
    const credentials = new Credentials(
      loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false }),
      {
        env: { PATH: '/usr/bin:/bin' },
        isInteractive: false,
        now: () => new Date(),
        signal: new AbortController().signal,
      },
    );
    await assert.rejects(() => credentials.current(), {
      name: 'ConnectionError',
      message: `the token of user "keeper" (${place}) cannot be sent: it holds a line break or another character that no header can have`,
    });
  });
}
