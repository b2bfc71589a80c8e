import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseGlob } from '../../../src/domain/glob.ts';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

const paths = [
  'a',
  'a/b',
  'a/b/c.txt',
  'ab',
  'c.txt',
  'd/a/b',
  'd/x/a',
  '.hidden',
  'pg_wal/0001',
  latin1('größe'),
  'bytes-\xff',
  'x*y',
];

for (const [text, matched] of [
  ['a', ['a', 'a/b', 'a/b/c.txt', 'd/a/b', 'd/x/a']],
  ['/a', ['a', 'a/b', 'a/b/c.txt']],
  ['./a', ['a', 'a/b', 'a/b/c.txt']],
  ['a/', ['a', 'a/b', 'a/b/c.txt', 'd/a/b', 'd/x/a']],
  ['a/b', ['a/b', 'a/b/c.txt', 'd/a/b']],
  ['*.txt', ['a/b/c.txt', 'c.txt']],
  ['/*.txt', ['c.txt']],
  ['/*/b', ['a/b', 'a/b/c.txt']],
  ['/**/b', ['a/b', 'a/b/c.txt', 'd/a/b']],
  ['/d/**/a', ['d/a/b', 'd/x/a']],
  ['/a/**', ['a/b', 'a/b/c.txt']],
  ['.*', ['.hidden']],
  ['gr??e', [latin1('größe')]],
  ['gr[ö-ü]?e', [latin1('größe')]],
  ['bytes-?', ['bytes-\xff']],
  ['x\\*y', ['x*y']],
  ['x[*]y', ['x*y']],
  ['[!a-z.]*', ['pg_wal/0001']],
  ['[]a]b', ['ab']],
  ['a?', ['ab']],
  ['/', paths],
] as const) {
  test(`${text} matches ${matched.length} of the paths`, () => {
    const glob = parseGlob(text);
    assert.deepEqual(
      paths.filter((path) => glob.matches(path)),
      matched,
    );
  });
}

test('only / matches the root of the volume', () => {
  assert.deepEqual(
    ['/', '.', '*', '**', '/**'].filter((text) => parseGlob(text).matches('.')),
    ['/', '.'],
  );
});

for (const [text, message] of [
  ['', 'the pattern is empty'],
  ['a/../b', '"a/../b" has a ".." in it: a pattern cannot leave the volume'],
  ['a[b', '"a[b" has a [ without its ]: write \\[ for the character itself'],
  ['a\\', '"a\\" has nothing after its last \\: write \\\\ for the character itself'],
  ['[z-a]', '"[z-a]" has the range z-a, which is backwards'],
  ['[[:alpha:]]', '"[[:alpha:]]" has a [: in a set: name the characters themselves, as in [0-9]'],
] as const) {
  test(`refuses the pattern ${text || '(empty)'}`, () => {
    assert.throws(() => parseGlob(text), { message });
  });
}

const name = fc
  .uint8Array({ min: 1, minLength: 1, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('/', '_'))
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 5 });

test('a valid name with everything escaped matches itself, from the root and from any folder', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 8 })
    .filter((one) => !/^\.\.?$|[/\0]/.test(one) && one.isWellFormed());
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), path, (names, above) => {
      const pattern = names.map((one) => [...one].map((character) => `\\${character}`).join('')).join('/');
      const self = latin1(names.join('/'));
      assert.deepEqual(
        [`/${pattern}`, pattern].map((glob) => parseGlob(glob).matches(self)),
        [true, true],
      );
      assert.equal(parseGlob(pattern).matches(`${above.join('/')}/${self}`), true);
    }),
  );
});

test('what is below a path that matches matches too', () => {
  const piece = fc.constantFrom('*', '?', '**', '[a-z]*', 'a', '*b', '??');
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), path, name, (pieces, names, child) => {
      for (const start of ['', '/']) {
        const glob = parseGlob(start + pieces.join('/'));
        if (glob.matches(names.join('/'))) assert.equal(glob.matches([...names, child].join('/')), true);
      }
    }),
  );
});

test('* stays in one name, ** does not', () => {
  fc.assert(
    fc.property(path, (names) => {
      const whole = names.join('/');
      assert.equal(parseGlob(`/${names.map(() => '*').join('/')}`).matches(whole), true);
      assert.equal(parseGlob(`/${names.map(() => '*').join('/')}/*`).matches(whole), false);
      assert.equal(parseGlob('/**').matches(whole), true);
    }),
  );
});
