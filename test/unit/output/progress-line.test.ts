import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { percentDone, progressBar, progressText } from '../../../src/output/progress-line.ts';
import { textWidth } from '../../../src/output/text-width.ts';

const copying = {
  label: 'Copy archive',
  done: 400 * 1024 ** 2,
  total: 800 * 1024 ** 2,
  unit: 'bytes',
} as const;
const rate = 80 * 1024 ** 2;

for (const [columns, line] of [
  [100, 'Copy archive  [####################--------------------]  50%  400Mi/800Mi  80Mi/s  ETA 5s'],
  [60, 'Copy archive  [#####-----]  50%  400Mi/800Mi  80Mi/s  ETA 5s'],
  [50, 'Copy archive  50%  400Mi/800Mi  80Mi/s  ETA 5s'],
  [30, 'Copy arc~  50%  80Mi/s  ETA 5s'],
  [20, 'Copy a~  50%  ETA 5s'],
  [8, 'Co~  50%'],
  [2, '5~'],
] as const) {
  test(`fits the bar into ${columns} columns`, () => {
    assert.equal(progressBar(copying, rate, columns), line);
  });
}

test('shows neither bar nor percentage without a total', () => {
  const reading = { label: 'Read', done: 21_417, unit: 'members' } as const;
  assert.equal(progressBar(reading, 1000, 80), 'Read  21,417 members  1,000 members/s');
});

test('says how often a lost connection was tried again', () => {
  const lines = [1, 2].map((retries) => progressText({ ...copying, retries }, rate));
  assert.deepEqual(lines, [
    'Copy archive  50%  400Mi/800Mi  80Mi/s  ETA 5s  1 retry',
    'Copy archive  50%  400Mi/800Mi  80Mi/s  ETA 5s  2 retries',
  ]);
});

test('shows pods without a rate', () => {
  const stopping = { label: 'Wait for pods', done: 1, total: 3, unit: 'pods' } as const;
  assert.equal(progressText(stopping, 0.1), 'Wait for pods  33%  1/3 pods');
});

for (const [left, shown] of [
  [59, '59s'],
  [61, '1m1s'],
  [7260, '2h1m'],
  [90_000, 'over a day'],
] as const) {
  test(`shows ${left} seconds left as ${shown}`, () => {
    const progress = { label: 'Copy', done: 0, total: left, unit: 'bytes' } as const;
    assert.equal(progressText(progress, 1).split('ETA ')[1], shown);
  });
}

test('says 100 percent only when all is done', () => {
  const percents = [0, 999, 1000].map((done) =>
    percentDone({ label: 'x', done, total: 1000, unit: 'bytes' }),
  );
  assert.deepEqual(percents, [0, 99, 100]);
});

test('never takes more columns than there are', () => {
  const amount = fc.nat({ max: 10 ** 12 });
  const columns = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), amount, amount, columns, (label, done, total, room) => {
      const bar = progressBar({ label, done, total, unit: 'bytes' }, done / 7, room);
      assert.ok(textWidth(bar) <= room);
    }),
  );
});
