import assert from 'node:assert/strict';
import { test } from 'node:test';
import { genuineFolder, run } from '../support/run-cli.ts';

for (const command of ['restore', 'verify']) {
  test(`${command} refuses two backups and names them`, async (t) => {
    const cwd = genuineFolder(t);
    const list = await run(['list', '-n', 'shop', '--limit', '2', '-o', 'json'], { cwd });
    const input = list.stdout.replaceAll('/here', cwd);
    const words = [command, '-f', '-', '-q', ...(command === 'restore' ? ['-y'] : [])];
    assert.deepEqual(await run(words, { cwd, input }), {
      exitCode: 2,
      stdout: '',
      stderr: `error: ${command} takes exactly one backup, not 2: backup/5, backup/3\n  See \`kubectl nkvm ${command} --help\`.\n`,
    });
  });

  test(`${command} refuses another namespace than the one of the row`, async (t) => {
    const words = [command, 'backup/5', '-n', 'blog', '-q', ...(command === 'restore' ? ['-y'] : [])];
    assert.deepEqual(await run(words, { cwd: genuineFolder(t) }), {
      exitCode: 2,
      stdout: '',
      stderr: `error: backup/5 is of namespace shop, not blog\n  See \`kubectl nkvm ${command} --help\`.\n`,
    });
  });
}

test('verify answers with an error document where it fails before a run', async (t) => {
  const { exitCode, stdout } = await run(['verify', 'backup/99', '-o', 'json'], { cwd: genuineFolder(t) });
  assert.deepEqual(
    { exitCode, document: JSON.parse(stdout) },
    {
      exitCode: 11,
      document: {
        apiVersion: 'nkvm.dev/v1',
        kind: 'Error',
        error: {
          code: 'backup-not-found',
          step: 1,
          message: '/here/data/backups.db has no backup/99; newest: 5, 4, 3, 2, 1',
          action: 'List them all with `kubectl nkvm list -A --status any --limit 0`.',
        },
      },
    },
  );
});

test('restore answers with exactly one record where it fails before there is one', async (t) => {
  const words = ['restore', 'backup/99', '-y', '-o', 'json'];
  const { exitCode, stdout } = await run(words, { cwd: genuineFolder(t) });
  const { run: name, ...record } = JSON.parse(stdout);
  assert.match(name, /^20261122230330-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.deepEqual(
    { exitCode, record },
    {
      exitCode: 11,
      record: {
        apiVersion: 'nkvm.dev/v1',
        kind: 'RestoreRecord',
        tool: { name: 'kubectl-nkvm', version: '1.2.3' },
        startedAt: '2026-11-22T23:03:30Z',
        finishedAt: '2026-11-22T23:03:30Z',
        outcome: 'failed',
        operator: 'pat',
        steps: [],
        workloads: [],
        verification: { outcome: 'not-done' },
        applicationChecks: 'none',
        diagnostics: [],
        leftBehind: [],
        notes: ['Nothing was changed.'],
        error: {
          code: 'backup-not-found',
          step: 1,
          message: '/here/data/backups.db has no backup/99; newest: 5, 4, 3, 2, 1',
          action: 'List them all with `kubectl nkvm list -A --status any --limit 0`.',
        },
      },
    },
  );
});

test('restore without a kubeconfig says so before step 1, and exits with 1', async (t) => {
  const { exitCode, stdout } = await run(['restore', 'backup/5', '-y'], { cwd: genuineFolder(t) });
  assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: '' });
});
