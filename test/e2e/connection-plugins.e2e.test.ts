/** Credential plugins (`exec` in a kubeconfig): what they are told, what they may ask, and when they are asked again. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApiProxy } from '../support/api-proxy.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { clusterEntry, writeKubeconfig } from '../support/kubeconfig.ts';
import { openReach } from '../support/reach.ts';
import { startInTerminal } from '../support/terminal.ts';

const apiVersion = 'client.authentication.k8s.io/v1';

interface PluginOptions {
  /** `sh`, run before the answer is printed; it may print another one and exit. */
  readonly script?: string;
  readonly status: object;
  /** More of the user's `exec`. */
  readonly exec?: object;
  /** More of the cluster. */
  readonly cluster?: object;
}

interface Plugin {
  readonly file: string;
  /** How often it was run. */
  readonly runs: () => number;
  /** What it was told at the last run. */
  readonly info: () => unknown;
}

/** A program beside the kubeconfig, named relative to it. */
async function writePlugin(
  folder: string,
  { script = '', status, exec, cluster }: PluginOptions,
): Promise<Plugin> {
  const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
  writeFileSync(join(folder, 'answer'), answer);
  const program = [
    '#!/bin/sh',
    'cd "$(dirname "$0")"',
    'echo run >>runs',
    'printf %s "$KUBERNETES_EXEC_INFO" >info',
  ];
  writeFileSync(join(folder, 'login'), [...program, script, 'cat answer', ''].join('\n'));
  chmodSync(join(folder, 'login'), 0o755);
  const file = writeKubeconfig(join(folder, 'kubeconfig'), {
    cluster: { ...(await clusterEntry()), ...cluster },
    user: { exec: { apiVersion, command: './login', interactiveMode: 'IfAvailable', ...exec } },
  });
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  return {
    file,
    runs: () => read('runs').split('\n').length - 1,
    info: () => JSON.parse(read('info')),
  };
}

clusterTest(
  'a credential plugin is run once, with its arguments, its variables and no more',
  async (scene) => {
    const reach = await openReach(scene);
    const { operator, given } = reach.newcomer(scene.t);
    const { server, ...authority } = await clusterEntry();
    const config = { audience: 'shop' };
    const plugin = await writePlugin(operator.home, {
      script: '[ "$SHOP" = open ] && [ "$1 $2" = "get it" ] || exit 1',
      status: { token: given.token },
      exec: { args: ['get', 'it'], env: [{ name: 'SHOP', value: 'open' }], provideClusterInfo: true },
      cluster: {
        'tls-server-name': 'kubernetes',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: config }],
      },
    });
    const { exitCode, stderr } = await operator.run([...reach.args, '--kubeconfig', plugin.file]);
    const cluster = { server, 'tls-server-name': 'kubernetes', ...authority, config };
    assert.deepEqual(
      { exitCode, runs: plugin.runs(), info: plugin.info() },
      {
        exitCode: 0,
        runs: 1,
        info: { kind: 'ExecCredential', apiVersion, spec: { cluster, interactive: false } },
      },
      stderr,
    );
  },
);

clusterTest('a credential plugin that gives a client certificate', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  const plugin = await writePlugin(operator.home, {
    status: { clientCertificateData: given.certificate, clientKeyData: given.key },
  });
  const { exitCode, stderr } = await operator.run([...reach.args, '--kubeconfig', plugin.file]);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(plugin.info(), { kind: 'ExecCredential', apiVersion, spec: { interactive: false } });
});

clusterTest('a credential plugin is asked again when what it gave has expired', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  const status = { token: given.token, expirationTimestamp: '2020-01-01T00:00:00Z' };
  const plugin = await writePlugin(operator.home, { status });
  const { exitCode, stderr } = await operator.run([...reach.args, '--kubeconfig', plugin.file]);
  assert.equal(exitCode, 0, stderr);
  assert.ok(plugin.runs() > 1, `it was run ${plugin.runs()} times`);
});

clusterTest('a credential plugin is asked again when its token is refused', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  const stale = { apiVersion, kind: 'ExecCredential', status: { token: 'of yesterday' } };
  writeFileSync(join(operator.home, 'stale'), JSON.stringify(stale));
  const plugin = await writePlugin(operator.home, {
    script: '[ "$(wc -l <runs)" -gt 1 ] || { cat stale; exit; }',
    status: { token: given.token },
  });
  const { exitCode, stderr } = await operator.run([...reach.args, '--kubeconfig', plugin.file]);
  assert.deepEqual({ exitCode, runs: plugin.runs() }, { exitCode: 0, runs: 2 }, stderr);
});

clusterTest('a credential plugin is asked again when its token is refused for exec', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  let execs = 0;
  const proxy = await startApiProxy(scene.t, {
    onRequest: ({ access }) => (access?.resource === 'pods/exec' && ++execs === 1 ? 401 : true),
  });
  const cluster = { server: proxy.server, 'certificate-authority': proxy.authority };
  const plugin = await writePlugin(operator.home, { status: { token: given.token }, cluster });
  const { exitCode, stderr } = await operator.run([
    ...[...reach.args, '--kubeconfig', plugin.file],
    ...['--certificate-authority', proxy.authority],
  ]);
  assert.deepEqual({ exitCode, runs: plugin.runs() }, { exitCode: 0, runs: 2 }, stderr);
});

/** Asks on stderr, and gives the credential to who knows the word. */
const asking =
  'printf "word: " >&2; read -r word; [ "$word" = sesame ] || { echo "wrong word" >&2; exit 7; }';

for (const interactiveMode of ['IfAvailable', 'Always'] as const) {
  clusterTest(`a credential plugin asks on the terminal (${interactiveMode})`, async (scene) => {
    const reach = await openReach(scene);
    const { operator, given } = reach.newcomer(scene.t);
    const status = { token: given.token };
    const plugin = await writePlugin(operator.home, { script: asking, status, exec: { interactiveMode } });
    const args = [...reach.args, '--kubeconfig', plugin.file];
    const { running, type } = startInTerminal(scene.t, operator, args);
    await running.until('word: ');
    type('sesame\n');
    const { exitCode, stderr } = await running.exited;
    assert.deepEqual(
      { exitCode, runs: plugin.runs(), info: plugin.info() },
      { exitCode: 0, runs: 1, info: { kind: 'ExecCredential', apiVersion, spec: { interactive: true } } },
      stderr,
    );
  });
}

clusterTest('a credential plugin that must never ask has no stdin, on a terminal too', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  const plugin = await writePlugin(operator.home, {
    script: 'read -r word && exit 1',
    status: { token: given.token },
    exec: { interactiveMode: 'Never' },
  });
  const { running } = startInTerminal(scene.t, operator, [...reach.args, '--kubeconfig', plugin.file]);
  const { exitCode, stderr } = await running.exited;
  assert.equal(exitCode, 0, stderr);
});

clusterTest('a credential plugin takes nothing of what a command reads from stdin', async (scene) => {
  const reach = await openReach(scene);
  const { operator, given } = reach.newcomer(scene.t);
  const plugin = await writePlugin(operator.home, {
    script: 'read -r word && exit 1',
    status: { token: given.token },
  });
  const [verb, name, ...catalog] = reach.args;
  const args = [verb ?? '', '-f', '-', ...catalog, '--kubeconfig', plugin.file];
  const { exitCode, stderr } = await operator.run(args, { input: `${name}\n` });
  assert.equal(exitCode, 0, stderr);
});

clusterTest('a credential plugin that gives none is exit 1, and says why', async (scene) => {
  const reach = await openReach(scene);
  const status = { token: 'a secret' };
  for (const { title, words, ...options } of failures) {
    await scene.t.test(title, async (t) => {
      const { operator } = reach.newcomer(t);
      const plugin = await writePlugin(operator.home, { status, ...options });
      const result = await operator.run([...reach.args, '--kubeconfig', plugin.file]);
      const stderr = result.stderr.replace(/\s+/g, ' ');
      assert.equal(result.exitCode, 1, stderr);
      assert.match(stderr, words);
      assert.match(stderr, /the credential plugin ".*" of user "keeper" gave no credential/);
      assert.doesNotMatch(stderr, /a secret/);
    });
  }
});

interface Failing extends Partial<PluginOptions> {
  readonly title: string;
  readonly words: RegExp;
}

const failures: readonly Failing[] = [
  {
    title: 'it is not installed',
    exec: { command: 'no-such-login', installHint: 'Install it: krew install no-such-login' },
    words: /it is not there.*krew install no-such-login/,
  },
  {
    title: 'it fails',
    script: 'echo "the account is locked" >&2; exit 7',
    words: /the account is locked.*it ended with status 7.*by hand/,
  },
  { title: 'it is killed', script: 'kill -9 $$', words: /it was ended by SIGKILL/ },
  { title: 'it prints no JSON', script: 'echo a secret; exit', words: /what it printed is no JSON/ },
  {
    title: 'it prints a credential of another version',
    exec: { apiVersion: 'client.authentication.k8s.io/v1beta1' },
    words: /no ExecCredential of client\.authentication\.k8s\.io\/v1beta1/,
  },
  { title: 'it prints nothing in it', status: {}, words: /it gave no token and no certificate/ },
  {
    title: 'it prints a certificate without a key',
    status: { clientCertificateData: 'a secret' },
    words: /it gave a certificate or a key alone/,
  },
  {
    title: 'it must be able to ask, and there is no terminal',
    exec: { interactiveMode: 'Always' },
    words: /it must be able to ask.*stdin is no terminal.*where stdin is one/,
  },
];
