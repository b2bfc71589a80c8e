import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchesOf, type XargsItem } from '../../../../src/runbook/volume/xargs-in-pod.ts';

test('items of many groups, in any order, come in a batch for each group', () => {
  const items = Array.from({ length: 3000 }, (_, at) => ({ group: `${at % 1000}`, words: `./${at}\0` }));
  const batches = [...batchesOf(items)];
  assert.equal(batches.length, 1000);
  assert.deepEqual(batches[7], ['7', './7\0./1007\0./2007\0']);
});

test('nothing is lost, doubled or put into another group, and what waits is bounded', () => {
  const item = fc.record({ group: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(3_000_000) });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 12 }), (sizes) => {
      let given = 0;
      let longestWait = 0;
      let taken = 0;
      function* counted(): Generator<XargsItem> {
        for (const { group, bytes } of sizes) {
          given += bytes;
          longestWait = Math.max(longestWait, given - taken - bytes);
          yield { group, words: group.repeat(bytes) };
        }
      }
      const perGroup = new Map<string, number>();
      for (const [group, words] of batchesOf(counted())) {
        taken += words.length;
        assert.equal(words, group.repeat(words.length));
        perGroup.set(group, (perGroup.get(group) ?? 0) + words.length);
      }
      for (const group of ['a', 'b', 'c']) {
        const all = sizes.filter((one) => one.group === group).reduce((sum, { bytes }) => sum + bytes, 0);
        assert.equal(perGroup.get(group) ?? 0, all);
      }
      assert.ok(longestWait < 4 * 1024 * 1024, `${longestWait}`);
    }),
    { numRuns: 50 },
  );
});
