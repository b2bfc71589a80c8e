import assert from 'node:assert/strict';
import { test } from 'node:test';
import { landingLines, type PlannedLanding } from '../../../src/output/plan-safety.ts';

const merges = '  4  extract the archive: its members overwrite, other files stay';
const name = 'nkvm-20260301120000-bcdfg';

for (const { safety, line } of [
  { safety: undefined, line: 'none' },
  { safety: { kind: 'none' }, line: 'none (your word that a snapshot or backup exists)' },
  {
    safety: { kind: 'snapshot', name, timeoutSeconds: 600, className: 'fast' },
    line: `snapshot: volumesnapshot/${name} of class fast; it stays`,
  },
  {
    safety: { kind: 'snapshot', name, timeoutSeconds: 600 },
    line: `snapshot: volumesnapshot/${name} of class default; it stays`,
  },
  { safety: { kind: 'archive', folder: '/copies' }, line: 'archive to /copies' },
] satisfies readonly { safety: PlannedLanding['safety']; line: string }[]) {
  test(`the plan says what copy is made: ${line}`, () => {
    assert.deepEqual(landingLines({ safety, wipe: false }), [`  4  safety: ${line}`, merges]);
  });
}

test('the plan says that a wipe comes between the copy and the archive', () => {
  assert.deepEqual(landingLines({ safety: { kind: 'none' }, wipe: true }), [
    '  4  safety: none (your word that a snapshot or backup exists)',
    '  4  WIPE: everything on the volume is removed, all but lost+found; it is counted before the first removal',
    '  4  extract the archive',
  ]);
});
