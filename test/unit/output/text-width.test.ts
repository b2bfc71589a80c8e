import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fitText, textWidth, wrapWords } from '../../../src/output/text-width.ts';

for (const [text, columns] of [
  ['', 0],
  ['orders', 6],
  ['größe', 5],
  ['e\u0301', 1],
  ['注文', 4],
  ['📦 x', 4],
] as const) {
  test(`counts ${columns} columns for "${text}"`, () => {
    assert.equal(textWidth(text), columns);
  });
}

for (const [text, columns, fitted] of [
  ['orders-data', 11, 'orders-data'],
  ['orders-data', 7, 'orders~'],
  ['注文データ', 6, '注文~'],
  ['orders', 1, '~'],
  ['orders', 0, ''],
] as const) {
  test(`fits "${text}" into ${columns} columns`, () => {
    assert.equal(fitText(text, columns), fitted);
  });
}

test('never takes more columns than there are', () => {
  const columns = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), columns, (text, room) => {
      assert.ok(textWidth(fitText(text, room)) <= room);
    }),
  );
});

test('breaks between words and leaves a longer word whole', () => {
  assert.deepEqual(wrapWords('wait for the StatefulSet to stop', 9), [
    'wait for',
    'the',
    'StatefulSet',
    'to stop',
  ]);
});

test('keeps every word in its order', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/));
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 40 }), (all, columns) => {
      assert.deepEqual(
        wrapWords(all.join(' '), columns).flatMap((line) => line.split(' ')),
        all,
      );
    }),
  );
});
