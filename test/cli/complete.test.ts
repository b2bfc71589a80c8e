/** What may be typed next, in the words in which kubectl asks its plugins. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHistoryDb } from '../support/history-db.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Long enough for a machine that is busy with other tests. */
const patient = { NKVM_COMPLETION_TIMEOUT: '2m' };

interface Answer {
  readonly words: readonly string[];
  readonly directive: string | undefined;
}

async function complete(typed: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const result = await run(['__complete', ...typed], { cwd, env: { ...patient, ...env } });
  assert.deepEqual({ ...result, stdout: '' }, { exitCode: 0, stdout: '', stderr: '' });
  const lines = result.stdout.trimEnd().split('\n');
  const answer: Answer = { directive: lines.at(-1), words: lines.slice(0, -1) };
  return answer;
}

const withoutDescription = (line: string) => line.split('\t', 1)[0] ?? '';

const noFiles = ':36';

for (const { typed, words, directive = noFiles } of [
  {
    typed: [''],
    words: ['list', 'validate', 'restore', 'verify', 'cleanup', 'version', 'completion'],
  },
  { typed: ['ver'], words: ['verify', 'version'] },
  { typed: ['-n', 'shop', 'li'], words: ['list'] },
  { typed: ['help', 'res'], words: ['restore'] },
  { typed: ['frobnicate', ''], words: [] },
  {
    typed: ['--frobnicate', ''],
    words: ['list', 'validate', 'restore', 'verify', 'cleanup', 'version', 'completion'],
  },
  { typed: ['--con'], words: ['--context'] },
  { typed: ['-q', '--color', ''], words: ['auto', 'always', 'never'] },
  { typed: ['--kubeconfig', ''], words: [], directive: ':0' },
  { typed: ['list', '--si'], words: ['--since'] },
  { typed: ['list', '--a'], words: ['--as', '--as-uid', '--as-group', '--archive-dir', '--all-namespaces'] },
  { typed: ['list', '-A', '--al'], words: [] },
  { typed: ['list', '--as-group', 'x', '--as-g'], words: ['--as-group'] },
  { typed: ['list', '--status', ''], words: ['success', 'failed', 'any'] },
  { typed: ['list', '--status=f'], words: ['failed'] },
  { typed: ['list', '-o', 'j'], words: ['json', 'jsonl'] },
  { typed: ['restore', '-o', 'j'], words: ['json'] },
  { typed: ['restore', '--dry'], words: ['--dry-run', '--dry-run=client', '--dry-run=server'] },
  { typed: ['restore', '--dry-run=s'], words: ['server'] },
  { typed: ['validate', '--show-f'], words: ['--show-files'] },
  { typed: ['list', '--nonsense=x'], words: [] },
  { typed: ['list', '--since', ''], words: [] },
  { typed: ['list', '--catalog', ''], words: ['app'], directive: ':0' },
  { typed: ['validate', '-f', 'x'], words: [], directive: ':0' },
  { typed: ['list', '--kubeconfig=x'], words: [], directive: ':0' },
  { typed: ['list', '--archive-dir', ''], words: [], directive: ':16' },
  { typed: ['version', ''], words: [] },
  { typed: ['completion', ''], words: ['bash', 'zsh', 'fish', 'powershell', 'install'] },
  { typed: ['completion', 'bash', ''], words: [] },
]) {
  test(`offers ${words.join(', ') || 'nothing'} for \`${typed.join(' ')}\``, async (t) => {
    const answer = await complete(typed, tempFolder(t));
    assert.deepEqual({ ...answer, words: answer.words.map(withoutDescription) }, { words: words, directive });
  });
}

test('describes what it offers', async (t) => {
  assert.deepEqual(await complete(['list', '--until'], tempFolder(t)), {
    words: ['--until\tonly what finished not after TIME'],
    directive: noFiles,
  });
});

for (const { typed, words } of [
  { typed: ['restore', 'backup/'], words: ['backup/5', 'backup/4', 'backup/3', 'backup/1'] },
  { typed: ['restore', '5'], words: ['5'] },
  {
    typed: ['verify', '-n', 'shop', ''],
    words: ['orders-data', 'web-content', 'backup/5', 'backup/3', 'backup/1'],
  },
  { typed: ['verify', '-n', 'blog', 'b'], words: ['backup/4'] },
  { typed: ['list', '-n', 'shop', ''], words: ['orders-data', 'web-content'] },
  { typed: ['list', '-n', 'shop', 'orders-data', ''], words: ['web-content'] },
  { typed: ['list', '-n', 'shop', '--', 'o'], words: ['orders-data'] },
  { typed: ['list', '-A', 'u'], words: ['uploads'] },
  { typed: ['list', 'x'], words: [] },
  { typed: ['list', '-n', ''], words: ['blog', 'shop'] },
  { typed: ['list', '--namespace=b'], words: ['blog'] },
  { typed: ['restore', 'backup/5', ''], words: [] },
  { typed: ['restore', '--frobnicate', 'backup/5', ''], words: [] },
  { typed: ['list', '-n', 'shop', '--catalog', 'nowhere.db', ''], words: [] },
]) {
  test(`offers ${words.join(', ') || 'nothing'} of the history for \`${typed.join(' ')}\``, async (t) => {
    const answer = await complete(typed, genuineFolder(t));
    assert.deepEqual(answer.words.map(withoutDescription), words);
  });
}

test('says of a backup what it is of, and how old', async (t) => {
  const made = new Date(Date.now() - 3 * 3600 * 1000 - 60_000).toISOString().replace(/\.\d+Z$/, '+00:00');
  const cwd = tempFolder(t);
  makeHistoryDb(join(cwd, 'some.db'), [{ namespace: 'shop', pvc_name: 'orders', created_at: made }]);
  assert.deepEqual(await complete(['restore', '--catalog', 'some.db', 'b'], cwd), {
    words: ['backup/1\tshop/orders, 3h1m old'],
    directive: noFiles,
  });
});

test('offers no name that a shell could take for more than a word', async (t) => {
  const cwd = tempFolder(t);
  for (const claim of ['orders', 'a b', '$(reboot)', 'x;y', '-rf'])
    writeFileSync(join(cwd, `20260101T000000Z__shop__${claim}.tar.gz`), '');
  const { words } = await complete(['validate', '--catalog', '.', 'backup/'], cwd);
  assert.deepEqual(words.map(withoutDescription), [
    'backup/20260101T000000Z__shop__orders.tar.gz',
    'backup/20260101T000000Z__shop__-rf.tar.gz',
  ]);
});

function kubeconfigOf(t: TestContext): string {
  const file = join(tempFolder(t), 'kubeconfig');
  const names = ['prod', 'arn:aws:eks:eu-west-1:1234:cluster/shop', 'with space'];
  writeFileSync(
    file,
    JSON.stringify({
      contexts: names.map((name) => ({ name, context: { namespace: 'shop' } })),
      clusters: [{ name: 'the-cluster', cluster: {} }],
      users: [{ name: 'pat@example', user: {} }],
      'current-context': 'prod',
    }),
  );
  return file;
}

for (const { typed, words } of [
  { typed: ['list', '--context', ''], words: ['prod', 'arn:aws:eks:eu-west-1:1234:cluster/shop'] },
  { typed: ['-q', '--context', 'p'], words: ['prod'] },
  { typed: ['list', '--context=ar'], words: ['arn:aws:eks:eu-west-1:1234:cluster/shop'] },
  { typed: ['list', '--cluster', ''], words: ['the-cluster'] },
  { typed: ['list', '--user', ''], words: ['pat@example'] },
]) {
  test(`offers ${words.join(', ')} of the kubeconfig for \`${typed.join(' ')}\``, async (t) => {
    const answer = await complete(typed, tempFolder(t), { KUBECONFIG: kubeconfigOf(t) });
    assert.deepEqual(answer, { words, directive: noFiles });
  });
}

test('takes the namespace from the kubeconfig', async (t) => {
  const { words } = await complete(['list', ''], genuineFolder(t), { KUBECONFIG: kubeconfigOf(t) });
  assert.deepEqual(words.map(withoutDescription), ['orders-data', 'web-content']);
});

test('offers what is known elsewhere where one of those that are asked never answers', async (t) => {
  const cwd = genuineFolder(t);
  const kubeconfig = join(cwd, 'kubeconfig');
  const pidFile = join(cwd, 'pid');
  const waits = 'echo $$ >"$0"; exec sleep 600';
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', waits, pidFile] };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      contexts: [{ name: 'slow', context: { cluster: 'slow', user: 'slow' } }],
      clusters: [{ name: 'slow', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'slow', user: { exec } }],
      'current-context': 'slow',
    }),
  );
  // Long for the history, and much less than the plugin takes.
  const env = { KUBECONFIG: kubeconfig, NKVM_COMPLETION_TIMEOUT: '10s' };
  const { words } = await complete(['list', '-n', ''], cwd, env);
  assert.deepEqual(words.map(withoutDescription), ['blog', 'shop']);
  // Given up as a whole: what waits for somebody does not wait on.
  const plugin = readFileSync(pidFile, 'utf8').trim();
  while (existsSync(`/proc/${plugin}`)) await sleep(10);
});
