import assert from 'node:assert/strict';
import { test } from 'node:test';
import { landingLines, type PlannedLanding, safetyText } from '../../../src/output/plan-safety.ts';

const merges = '  4  extract the archive: its members overwrite, other files stay';
const name = 'nkvm-20260301120000-bcdfg';

for (const { safety, text, step } of [
  { safety: undefined, text: 'none', step: [] },
  { safety: { kind: 'none' }, text: 'none (your word that a snapshot or backup exists)', step: [] },
  {
    safety: { kind: 'snapshot', name, timeoutSeconds: 600, className: 'fast' },
    text: `snapshot: volumesnapshot/${name} of class fast; it stays`,
    step: [`  4  safety: snapshot: volumesnapshot/${name} of class fast; it stays`],
  },
  {
    safety: { kind: 'snapshot', name, timeoutSeconds: 600 },
    text: `snapshot: volumesnapshot/${name} of class default; it stays`,
    step: [`  4  safety: snapshot: volumesnapshot/${name} of class default; it stays`],
  },
  {
    safety: { kind: 'archive', folder: '/copies' },
    text: 'archive to /copies',
    step: ['  4  safety: archive to /copies'],
  },
] satisfies readonly { safety: PlannedLanding['safety']; text: string; step: readonly string[] }[]) {
  test(`the plan has a step for a copy that is made, and says in any case: ${text}`, () => {
    assert.deepEqual([safetyText(safety), landingLines({ safety, wipe: false })], [text, [...step, merges]]);
  });
}

test('the plan says that a wipe comes between the copy and the archive', () => {
  assert.deepEqual(landingLines({ safety: { kind: 'archive', folder: '/copies' }, wipe: true }), [
    '  4  safety: archive to /copies',
    '  4  WIPE: everything on the volume is removed, all but lost+found; it is counted before the first removal',
    '  4  extract the archive',
  ]);
});
