/** A signal while a credential plugin is at work: it ends at once, and what is put in order afterwards gets a new one. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentialPluginOf } from '../../../src/cluster/credential-plugin.ts';
import { execInfo } from '../../../src/cluster/exec-credential.ts';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { writeKubeconfig } from '../../support/kubeconfig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const apiVersion = 'client.authentication.k8s.io/v1';
const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: 'T' } });
/** Hangs at its first run. */
const script = `cd "$0"; [ -e pid ] && { echo '${answer}'; exit; }; echo $$ >new; mv new pid; exec sleep 600`;

test('a signal ends a credential plugin, and a later request runs it anew', async (t) => {
  const folder = tempFolder(t);
  const kubeconfig = writeKubeconfig(join(folder, 'config'), {
    cluster: { server: 'https://api.shop.example' },
    user: { exec: { apiVersion, command: 'sh', args: ['-c', script, folder] } },
  });
  const interruption = new AbortController();
  const plugin = credentialPluginOf(
    loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false }),
    {
      env: { PATH: '/usr/bin:/bin' },
      isInteractive: false,
      now: () => new Date(),
      signal: interruption.signal,
    },
  );
  const pidFile = join(folder, 'pid');
  const reason = new Error('interrupted by SIGINT');

  const asked = Promise.allSettled([plugin?.current(), plugin?.current()]);
  await until(() => existsSync(pidFile));
  interruption.abort(reason);
  const afterwards = await plugin?.current();

  const refused = { status: 'rejected', reason };
  assert.deepEqual([await asked, afterwards], [[refused, refused], { token: 'T' }]);
  await until(() => !existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`));
});

test('a plugin that asks for the cluster is told of an authority in a file', (t) => {
  const folder = tempFolder(t);
  const pem = '-----BEGIN CERTIFICATE-----\n';
  writeFileSync(join(folder, 'ca.crt'), pem);
  const exec = { apiVersion, command: 'sh', provideClusterInfo: true };
  const kubeconfig = writeKubeconfig(join(folder, 'config'), {
    cluster: { server: 'https://api.shop.example', 'certificate-authority': 'ca.crt' },
    user: { exec },
  });
  const config = loadKubeconfig({ kubeconfig, env: {} }, { insecureSkipTlsVerify: false });
  const cluster = {
    server: 'https://api.shop.example',
    'certificate-authority-data': Buffer.from(pem).toString('base64'),
  };
  assert.deepEqual(execInfo({ exec, config, isInteractive: false }), {
    kind: 'ExecCredential',
    apiVersion,
    spec: { cluster, interactive: false },
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
