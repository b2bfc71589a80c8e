import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../../../src/commands/failure.ts';
import { failureText } from '../../../src/output/failure-text.ts';
import { Interrupted } from '../../../src/runbook/failure-matrix.ts';

test('what to type after a signal is one line, however narrow the terminal', () => {
  const command = 'kubectl nkvm restore backup/5 --catalog=/srv/data/backups.db --target=shop/new';
  const interrupted = new Interrupted('interrupted by SIGTERM; writers stay stopped', 143, [command]);
  const failure = describeFailure(interrupted, { verbose: false });
  assert.deepEqual(
    [failure.exitCode, failureText(failure, { color: false, width: 40 })],
    [
      143,
      `error: interrupted by SIGTERM; writers
  stay stopped
code: interrupted
next:
  ${command}
`,
    ],
  );
});
