import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

for (const { format, stdout } of [
  { format: 'table', stdout: 'kubectl-nkvm 1.2.3\n' },
  {
    format: 'json',
    stdout:
      '{\n  "apiVersion": "nkvm.dev/v1",\n  "kind": "Version",\n  "version": "1.2.3",\n  "platform": "linux"\n}\n',
  },
  { format: 'yaml', stdout: 'apiVersion: nkvm.dev/v1\nkind: Version\nversion: 1.2.3\nplatform: linux\n' },
]) {
  test(`prints the version as ${format}`, async (t) => {
    const answer = await run(['version', '-o', format], { cwd: tempFolder(t) });
    assert.deepEqual(answer, { exitCode: 0, stdout, stderr: '' });
  });
}

function withPrograms(t: TestContext, files: Readonly<Record<string, number>>) {
  const cwd = tempFolder(t);
  for (const [file, mode] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(file)), { recursive: true });
    writeFileSync(join(cwd, file), '', { mode });
  }
  return { cwd, env: { PATH: ['one', 'two'].map((folder) => join(cwd, folder)).join(delimiter) } };
}

const shadowing = {
  'one/kubectl-nkvm': 0o755,
  'one/kubectl-nkvm-restore': 0o755,
  'one/kubectl-nkvm-verify': 0o644,
  'one/kubectl-nkvm-report': 0o755,
  'two/kubectl-nkvm-restore': 0o755,
  'two/kubectl-nkvm-list-all_shops': 0o755,
  'three/kubectl-nkvm-cleanup': 0o755,
};

test('warns of programs on PATH that kubectl runs instead of a command', async (t) => {
  const stderr =
    "warning: `kubectl nkvm restore` is not this program's: kubectl runs /here/one/kubectl-nkvm-restore\n" +
    "warning: `kubectl nkvm list all-shops` is not this program's: kubectl runs /here/two/kubectl-nkvm-list-all_shops\n";
  assert.deepEqual(await run(['version'], withPrograms(t, shadowing)), {
    exitCode: 0,
    stdout: 'kubectl-nkvm 1.2.3\n',
    stderr,
  });
});

test('names them in JSON', async (t) => {
  const { stdout } = await run(['version', '-o', 'json'], withPrograms(t, shadowing));
  assert.deepEqual(JSON.parse(stdout).shadowed, [
    { command: 'kubectl nkvm restore', by: '/here/one/kubectl-nkvm-restore' },
    { command: 'kubectl nkvm list all-shops', by: '/here/two/kubectl-nkvm-list-all_shops' },
  ]);
});
