import assert from 'node:assert/strict';
import test from 'node:test';
import { type FailureReport, failureText } from '../../../src/output/failure-text.ts';

const failure: FailureReport = {
  what: 'restore shop/orders-data',
  code: 'writers-not-stopped',
  step: 2,
  message: 'pod orders-0 still has the claim mounted after 300s',
  action: 'Fix the controller that keeps it, then run again.',
  next: ['kubectl nkvm restore backup/12 -n shop --quiesce-timeout 600s --operator "a  b"'],
  causes: ['the API server says 403: pods is forbidden', 'pods is forbidden'],
  run: '20260301120000-bcdfg',
};

test('says what happened, why, what to do and what to type', () => {
  assert.equal(
    failureText(failure, { color: false, width: 120 }),
    `error: restore shop/orders-data, step 2: pod orders-0 still has the claim mounted after 300s
  because: the API server says 403: pods is forbidden
code: writers-not-stopped
run: 20260301120000-bcdfg
what to do: Fix the controller that keeps it, then run again.
next:
  kubectl nkvm restore backup/12 -n shop --quiesce-timeout 600s --operator "a  b"
`,
  );
});

test('says no more than is known', () => {
  const bare = { what: '', message: 'no current context', next: [], causes: [] };
  assert.equal(failureText(bare, { color: false, width: 80 }), 'error: no current context\n');
});

test('wraps sentences to the terminal and never a command', () => {
  assert.equal(
    failureText(failure, { color: false, width: 42 }),
    `error: restore shop/orders-data, step 2:
  pod orders-0 still has the claim mounted
  after 300s
  because: the API server says 403: pods
    is forbidden
code: writers-not-stopped
run: 20260301120000-bcdfg
what to do: Fix the controller that
  keeps it, then run again.
next:
  kubectl nkvm restore backup/12 -n shop --quiesce-timeout 600s --operator "a  b"
`,
  );
});

test('colours the labels alone', () => {
  const text = failureText({ ...failure, causes: [], message: 'no' }, { color: true, width: 80 });
  assert.equal(
    text,
    `\x1b[31merror:\x1b[39m restore shop/orders-data, step 2: no
code: writers-not-stopped
run: 20260301120000-bcdfg
\x1b[1mwhat to do:\x1b[22m Fix the controller that keeps it, then run again.
\x1b[1mnext:\x1b[22m
  kubectl nkvm restore backup/12 -n shop --quiesce-timeout 600s --operator "a  b"
`,
  );
});

test('keeps the lines of a message and escapes what could drive the terminal', () => {
  const bare = { what: 'validate', message: 'log:\n  a\x1b[2J', next: ['x\n\x1b[0m'], causes: [] };
  assert.equal(
    failureText(bare, { color: false, width: 80 }),
    'error: validate: log:\n    a\\x1b[2J\nnext:\n  x\\n\\x1b[0m\n',
  );
});
