import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGlob } from '../../../src/domain/glob.ts';
import { Selection, selectionFlags, unmatchedWarnings } from '../../../src/domain/selection.ts';

test('patterns are said as they are typed to a shell', () => {
  const include = ['/data', 'a\\n', "it's"].map(parseGlob);
  const selection = new Selection({ include, exclude: [parseGlob('*.log')] });
  assert.deepEqual(
    [selectionFlags(selection), unmatchedWarnings(selection.unmatched.slice(1, 2))],
    [
      ['--include /data', "--include 'a\\n'", "--include 'it'\\''s'", "--exclude '*.log'"],
      ["the pattern 'a\\n' matches no member of the archive"],
    ],
  );
});
