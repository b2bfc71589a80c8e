import assert from 'node:assert/strict';
import test from 'node:test';
import { createPace } from '../../../src/output/pace.ts';

/** What a new pace measures for bytes done at these seconds. */
function measured(samples: readonly (readonly [seconds: number, done: number, label?: string])[]) {
  const pace = createPace();
  return samples.map(([seconds, done, label = 'Copy']) =>
    pace.measure({ label, done, unit: 'bytes' }, new Date(seconds * 1000)),
  );
}

test('knows no rate at first, then what was done each second', () => {
  assert.deepEqual(
    measured([
      [0, 0],
      [0.2, 50],
      [1, 100],
      [2, 300],
    ]),
    [undefined, undefined, 100, 150],
  );
});

test('forgets what is longer ago than its window, so that a stall shows', () => {
  assert.deepEqual(
    measured([
      [0, 0],
      [1, 1000],
      [11, 1000],
      [12, 1000],
    ]).slice(2),
    [0, 0],
  );
});

test('starts anew with another label', () => {
  assert.deepEqual(
    measured([
      [0, 0],
      [1, 100],
      [2, 100, 'Verify'],
      [3, 150, 'Verify'],
    ]).slice(2),
    [undefined, 50],
  );
});

test('starts anew when less is done than before', () => {
  assert.deepEqual(
    measured([
      [0, 0],
      [1, 100],
      [2, 0],
      [3, 10],
    ]).slice(2),
    [undefined, 10],
  );
});
