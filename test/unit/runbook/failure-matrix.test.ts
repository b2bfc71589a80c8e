import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureMatrix } from '../../../src/runbook/failure-matrix.ts';

test('a command in what to do after a failure can be typed as it is', () => {
  const actions = Object.values(failureMatrix).map(({ action }) => action);
  const commands = actions.flatMap((action) => action.match(/`[^`]+`/g) ?? []);
  assert.ok(commands.length > 0);
  assert.deepEqual(
    commands.filter((command) => !command.startsWith('`kubectl ')),
    [],
  );
});
