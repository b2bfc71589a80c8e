import assert from 'node:assert/strict';
import { test } from 'node:test';
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
