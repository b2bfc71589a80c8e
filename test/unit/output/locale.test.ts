import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inAscii, isAsciiOnly } from '../../../src/output/locale.ts';

for (const { env, platform = 'linux', asciiOnly } of [
  { env: {}, asciiOnly: true },
  { env: { LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, asciiOnly: true },
  { env: { LANG: 'POSIX' }, asciiOnly: true },
  { env: { LC_ALL: '', LC_CTYPE: '', LANG: 'C.UTF-8' }, asciiOnly: false },
  { env: { LC_CTYPE: 'UTF-8', LANG: 'C' }, asciiOnly: false },
  { env: { LANG: 'de_DE.utf8' }, asciiOnly: false },
  { env: {}, platform: 'darwin', asciiOnly: false },
  { env: { LC_ALL: 'C' }, platform: 'darwin', asciiOnly: true },
  { env: { LC_ALL: 'C' }, platform: 'win32', asciiOnly: false },
] as const) {
  test(`${JSON.stringify(env)} on ${platform} is ${asciiOnly ? 'ASCII only' : 'UTF-8'}`, () => {
    assert.equal(isAsciiOnly({ env, platform }), asciiOnly);
  });
}

test('escapes what is not ASCII, and nothing else', () => {
  assert.equal(inAscii('a\n\t~é…注😀'), 'a\n\t~\\xe9\\u2026\\u6ce8\\u{1f600}');
});
