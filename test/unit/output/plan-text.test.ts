import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planWarnings } from '../../../src/output/plan-text.ts';

test('of a plan that is not shown, the warnings are, with the lines that go on', () => {
  const plan = `Run       20260301120000-bcdfg
WARNING   the archive is truncated: it ends in member 3 (b)
          2 whole members can be read and will be restored
Merge     2 to be created, 0 to be overwritten
          as pod/web sees the volume now

Steps
  2  nobody mounts the claim: nothing to stop
note: the claim is shared
warning: the snapshot class deletes its snapshots
`;
  assert.equal(
    planWarnings(plan),
    `WARNING   the archive is truncated: it ends in member 3 (b)
          2 whole members can be read and will be restored
warning: the snapshot class deletes its snapshots
`,
  );
});
