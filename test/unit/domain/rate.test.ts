import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRate } from '../../../src/domain/rate.ts';

test('a rate is bytes a second, with units in powers of 1024 as curl and rsync have them', () => {
  const texts = ['1024', '1k', '500K', '10M', '1.5g', '2T', '0.5M'];
  assert.deepEqual(texts.map(parseRate), [1024, 1024, 512_000, 10_485_760, 1_610_612_736, 2 ** 41, 524_288]);
});

test('what is no rate is refused with the value and the forms', () => {
  for (const text of ['', '0', '1000', '-1M', '1MB', '1 M', 'fast', '1e6', '1.M', '0.0001M']) {
    assert.throws(() => parseRate(text), {
      name: 'RangeError',
      message: `"${text}" is not a rate: give bytes a second, 1K at least, such as 500K, 10M or 1.5G (powers of 1024)`,
    });
  }
});

test('any text is either refused or a whole number of bytes', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        assert.ok(Number.isSafeInteger(parseRate(text)));
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});
