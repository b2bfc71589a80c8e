import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { oneWord, table } from '../../../src/output/table.ts';

test('aligns columns without borders or trailing spaces', () => {
  const rows = [
    ['12', 'orders-data', ''],
    ['7', '注文', 'x y'],
  ];
  assert.equal(
    table(['NAME', 'PVC', 'MESSAGE'], rows),
    'NAME   PVC           MESSAGE\n12     orders-data\n7      注文          x y\n',
  );
});

test('prints the header alone when there are no rows', () => {
  assert.equal(table(['NAME', 'PVC'], []), 'NAME   PVC\n');
});

test('keeps a hostile cell on its line', () => {
  assert.equal(table(['NAME'], [['a\nb\x1b[2J\u202e']]), 'NAME\na\\nb\\x1b[2J\\u202e\n');
});

test('aligns a table of many rows as one', () => {
  const rows = Array.from({ length: 450 }, (_, index) => ['x'.repeat(index === 420 ? 20 : 3), String(index)]);
  const lines = table(['NAME', 'NUMBER'], rows).split('\n');
  assert.deepEqual(
    lines,
    [['NAME', 'NUMBER'], ...rows].map(([name = '', number]) => `${name.padEnd(23)}${number}`).concat(''),
  );
});

test('prints one line for each row whatever is in the cells', () => {
  const rows = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 5 });
  fc.assert(
    fc.property(rows, (cells) => assert.equal(table(['A', 'B'], cells).split('\n').length, cells.length + 2)),
  );
});

test('makes one word of any text', () => {
  assert.deepEqual(['a b', '', 'plain'].map(oneWord), ['a\\x20b', '-', 'plain']);
});
