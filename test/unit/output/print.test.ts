import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { printJson, printJsonLines } from '../../../src/output/print.ts';
import { printYaml } from '../../../src/output/print-yaml.ts';

const hostile = { name: 'a\x1b[2J\x9b\x7f\u202e', lines: 'x\ny\u2028z' };
const value = fc.jsonValue({
  stringUnit: fc.oneof(
    fc.constantFrom('\u202e', '\x9b', '\n', ':', '#'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});
const controls = /[^\P{Cc}\n]|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

test('prints JSON two spaces deep with a newline at its end', () => {
  assert.equal(
    printJson({ items: [{ id: '7' }] }),
    '{\n  "items": [\n    {\n      "id": "7"\n    }\n  ]\n}\n',
  );
});

test('prints one JSON item a line', () => {
  assert.equal(printJsonLines([{ id: '1' }, { id: '2' }]), '{"id":"1"}\n{"id":"2"}\n');
});

test('prints YAML without anchors and folded lines, and quotes what would change its type', () => {
  const archive = { path: 'word '.repeat(40).trim() };
  assert.equal(
    printYaml({ id: '0123', absent: undefined, first: archive, second: archive }),
    `id: '0123'\nfirst:\n  path: ${archive.path}\nsecond:\n  path: ${archive.path}\n`,
  );
});

test('escapes in JSON what could drive a terminal', () => {
  assert.equal(
    printJsonLines([hostile]),
    '{"name":"a\\u001b[2J\\u009b\\u007f\\u202e","lines":"x\\ny\\u2028z"}\n',
  );
});

test('escapes in YAML what could drive a terminal', () => {
  assert.doesNotMatch(printYaml(hostile), controls);
});

test('prints JSON that reads back as it was and drives no terminal', () => {
  fc.assert(
    fc.property(value, (data) => {
      const text = printJson(data);
      assert.doesNotMatch(text, controls);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(data)));
    }),
  );
});

test('prints YAML that reads back as it was and drives no terminal', () => {
  fc.assert(
    fc.property(value, (data) => {
      const text = printYaml(data);
      assert.doesNotMatch(text, controls);
      assert.deepEqual(load(text), JSON.parse(JSON.stringify(data)));
    }),
  );
});
