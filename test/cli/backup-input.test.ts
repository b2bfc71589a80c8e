import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const newest = ['list', '-n', 'shop', '--limit', '2', '-q'];

for (const format of ['json', 'jsonl', 'name']) {
  test(`validates what list printed as ${format}, from stdin and from a file`, async (t) => {
    const cwd = genuineFolder(t);
    const listed = (await run([...newest, '-o', format], { cwd })).stdout.replaceAll('/here', cwd);
    writeFileSync(join(cwd, 'listed'), listed);
    const fromStdin = await run(['validate', '-f', '-', '-o', 'name', '-q'], { cwd, input: listed });
    const fromFile = await run(['validate', '-f', 'listed', '-o', 'name', '-q'], { cwd });
    const expected = { exitCode: 0, stdout: 'backup/5\nbackup/3\n', stderr: '' };
    assert.deepEqual({ fromStdin, fromFile }, { fromStdin: expected, fromFile: expected });
  });
}

test('reads the answer of validate again, and does not trust its verdict', async (t) => {
  const cwd = genuineFolder(t);
  const judged = await run(['validate', 'backup/5', '-o', 'json', '-q'], { cwd });
  const input = judged.stdout.replaceAll('/here', cwd);
  writeFileSync(join(cwd, 'backups/20261122T203318Z__shop__orders-data.tar.gz'), 'altered');
  const { exitCode, stdout } = await run(['validate', '-f', '-', '-o', 'json', '-q'], { cwd, input });
  assert.deepEqual([exitCode, JSON.parse(stdout).verdict.result], [11, 'checksum-mismatch']);
});

const backup = {
  apiVersion: 'nkvm.dev/v1',
  kind: 'Backup',
  id: '7',
  namespace: 'shop',
  pvc: 'orders-data',
  status: 'success',
  createdAt: '2026-03-01T12:00:05Z',
  archive: { path: 'a.tar.gz' },
  message: '',
  catalog: '',
};

for (const { title, input, code, message } of [
  {
    title: 'a verdict that is not complete',
    input: { ...backup, verdict: { result: 'truncated' } },
    code: 'backup-failed',
    message: 'backup/7 was found truncated',
  },
  {
    title: 'a failed backup',
    input: { ...backup, status: 'failed' },
    code: 'backup-failed',
    message: 'backup/7 did not succeed',
  },
  {
    title: 'the failure of an earlier command',
    input: { kind: 'Error', error: { message: 'no catalogue' } },
    code: 'backup-failed',
    message: '-f: stdin holds the failure of an earlier command: no catalogue',
  },
]) {
  test(`refuses ${title} with exit status 11`, async (t) => {
    const options = { cwd: tempFolder(t), input: JSON.stringify(input) };
    const { exitCode, stdout } = await run(['validate', '-f', '-', '-o', 'json'], options);
    const { error } = JSON.parse(stdout);
    assert.deepEqual([exitCode, error.code, error.message], [11, code, message]);
  });
}

for (const { title, input, message } of [
  { title: 'nothing', input: '\n', message: 'stdin is empty: the earlier command found no backup' },
  {
    title: 'an empty list',
    input: '{"kind": "BackupList", "items": []}',
    message: 'stdin names no backup',
  },
  {
    title: 'another kind',
    input: '{"kind": "Pod"}',
    message: 'stdin is neither names nor what list or validate print with -o json',
  },
  {
    title: 'broken JSON',
    input: '{"kind": "Backup",',
    message: 'stdin is neither names nor what list or validate print with -o json',
  },
  {
    title: 'a Backup without a claim',
    input: JSON.stringify({ ...backup, pvc: undefined }),
    message: 'stdin: a Backup without "pvc"',
  },
  {
    title: 'a Backup without an archive',
    input: JSON.stringify({ ...backup, archive: undefined }),
    message: 'stdin: backup/7 without "archive.path"',
  },
  {
    title: 'a Backup with half a checksum',
    input: JSON.stringify({ ...backup, checksumSha256: 'abab' }),
    message: 'stdin: backup/7: "checksumSha256" is not 64 hex digits',
  },
]) {
  test(`refuses ${title} with exit status 2`, async (t) => {
    const { exitCode, stdout, stderr } = await run(['validate', '-f', '-'], { cwd: tempFolder(t), input });
    assert.deepEqual(
      { exitCode, stdout, stderr },
      {
        exitCode: 2,
        stdout: '',
        stderr: `error: -f: ${message}\n  See \`kubectl nkvm validate --help\`.\n`,
      },
    );
  });
}

test('refuses a row of another namespace than -n', async (t) => {
  const options = { cwd: tempFolder(t), input: JSON.stringify(backup) };
  const { exitCode, stderr } = await run(['validate', '-f', '-', '-n', 'blog'], options);
  assert.deepEqual([exitCode, stderr.split('\n')[0]], [2, 'error: backup/7 is of namespace shop, not blog']);
});

test('refuses a file that is not there', async (t) => {
  const cwd = tempFolder(t);
  const { exitCode, stderr } = await run(['validate', '-f', 'nope', '-o', 'json'], { cwd });
  assert.deepEqual(
    [exitCode, stderr.split(',')[0]],
    [2, 'error: -f: nope cannot be read: ENOENT: no such file or directory'],
  );
});
