import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { formatBytes, formatCount } from '../../../src/domain/size.ts';

for (const [bytes, shown] of [
  [0, '0B'],
  [999, '999B'],
  [1023, '1023B'],
  [1024, '1.0Ki'],
  [1536, '1.5Ki'],
  [10 * 1024 - 1, '10Ki'],
  [253_952, '248Ki'],
  [1024 ** 2 - 1, '1.0Mi'],
  [856_893_440, '817Mi'],
  [1_288_490_189, '1.2Gi'],
  [3 * 1024 ** 4, '3.0Ti'],
] as const) {
  test(`shows ${bytes} bytes as ${shown}`, () => {
    assert.equal(formatBytes(bytes), shown);
  });
}

test('shows every size in at most six characters', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (bytes) =>
      assert.match(formatBytes(bytes), /^(\d{1,4}B|(\d\.\d|\d{2,4})[KMGTP]i)$/),
    ),
  );
});

for (const [count, shown] of [
  [0, '0'],
  [999, '999'],
  [21_417, '21,417'],
  [1_000_000, '1,000,000'],
] as const) {
  test(`shows a count of ${count} as ${shown}`, () => {
    assert.equal(formatCount(count), shown);
  });
}
