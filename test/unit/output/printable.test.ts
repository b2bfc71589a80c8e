import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { printable, printableLines } from '../../../src/output/printable.ts';

/** Includes the characters that matter, so that they are not left to chance. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\x1b', '\x9b', '\x7f', '\n', '\r', '\t', '\u202e', '\u2028', '\u2069', '\u200f'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});
const controls = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

for (const [title, raw, shown] of [
  ['an escape sequence', '\x1b[2Jgone', '\\x1b[2Jgone'],
  ['an 8-bit control sequence', '\x9b31m', '\\x9b31m'],
  ['a deletion and a backspace', 'a\x7f\b', 'a\\x7f\\x08'],
  ['line ends and tabs', 'a\r\n\tb', 'a\\r\\n\\tb'],
  ['a bidirectional override', 'photo_\u202egnp.exe', 'photo_\\u202egnp.exe'],
  ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ['nothing of other writings', 'größe 注文 📦', 'größe 注文 📦'],
] as const) {
  test(`escapes ${title}`, () => {
    assert.equal(printable(raw), shown);
  });
}

test('leaves no control character whatever is in the text', () => {
  fc.assert(fc.property(text, (value) => assert.doesNotMatch(printable(value), controls)));
});

test('changes nothing that is printable already', () => {
  fc.assert(fc.property(text, (value) => assert.equal(printable(printable(value)), printable(value))));
});

test('keeps the line ends and tabs of several lines and escapes the rest', () => {
  assert.equal(printableLines('a\x1b[0m\r\n\tb\rc\n'), 'a\\x1b[0m\n\tb\\rc\n');
});
