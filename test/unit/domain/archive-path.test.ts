import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  displayPath,
  formatArchiveName,
  linkPointsOutside,
  normalisePath,
  parentPaths,
  parseArchiveName,
  unsafePathReason,
} from '../../../src/domain/archive-path.ts';

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('a member path is told without what does not matter', () => {
  const stored = ['./', '.', './a/b/', 'a//b', './a/./b', './..a/b..'];
  assert.deepEqual(stored.map(normalisePath), ['.', '.', 'a/b', 'a/b', 'a/b', '..a/b..']);
});

test('names that leave the volume or cannot be on one are unsafe', () => {
  const names = ['', '/etc/passwd', '../x', 'a/..', 'a\0b', 'x'.repeat(4097), '..a/...', './ok'];
  assert.deepEqual(names.map(unsafePathReason), [
    'an empty name',
    'an absolute name',
    "a name with '..' in it",
    "a name with '..' in it",
    'a name with a NUL byte',
    'a name longer than 4096 bytes',
    undefined,
    undefined,
  ]);
});

test('the parents of a path are given outermost first', () => {
  assert.deepEqual(parentPaths('a/b/c'), ['a', 'a/b']);
  assert.deepEqual(parentPaths('.'), []);
});

test('a symlink points outside when it is absolute or climbs above the root', () => {
  const links = [
    ['a', '/etc'],
    ['a', '..'],
    ['a/b', '../..'],
    ['a/b', 'c/../../../x'],
    ['a/b', '../x'],
    ['a', './b/..'],
  ] as const;
  assert.deepEqual(
    links.map(([path, target]) => linkPointsOutside(path, target)),
    [true, true, true, true, false, false],
  );
});

test('a path is shown as one line of readable text', () => {
  const shown = [
    'plain name',
    'ünï✓🎉',
    'new\nline\tx\r',
    'back\\slash',
    '\x1b[31m',
    '\u202e',
    '\u0085',
    '\ufeff',
  ];
  assert.deepEqual(
    shown.map((path) => displayPath(latin1(path))),
    [
      'plain name',
      'ünï✓🎉',
      'new\\nline\\tx\\r',
      'back\\\\slash',
      '\\x1b[31m',
      '\\xe2\\x80\\xae',
      '\\xc2\\x85',
      '\ufeff',
    ],
  );
  assert.equal(displayPath('caf\xe9 \xc3\xa9 \xf0\x9f'), 'caf\\xe9 é \\xf0\\x9f');
});

test('no two paths are shown alike, and none breaks the line', () => {
  const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array).toString('latin1'));
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      assert.equal(displayPath(one) === displayPath(other), one === other);
      assert.doesNotMatch(displayPath(one), /\p{Cc}/u);
    }),
  );
});

test('the name of an archive says when and what', () => {
  assert.deepEqual(parseArchiveName('20261122T203302Z__shop__orders-data.tar.gz'), {
    createdAt: '2026-11-22T20:33:02Z',
    namespace: 'shop',
    pvc: 'orders-data',
  });
});

test('other file names are no archive names', () => {
  const names = [
    '20261122T203302Z__shop__orders-data.tar',
    '20261322T203302Z__shop__orders.tar.gz',
    '20260230T203302Z__shop__orders.tar.gz',
    '20261122T203302Z__shop.tar.gz',
    '20261122T203302Z____orders.tar.gz',
    'x20261122T203302Z__shop__orders.tar.gz',
    '20261122T203302Z__shop__a/b.tar.gz',
  ];
  assert.deepEqual(
    names.map(parseArchiveName),
    names.map(() => undefined),
  );
});

test('the name of an archive survives a round trip', () => {
  const name = { createdAt: '2026-01-02T03:04:05Z', namespace: 'a-b', pvc: 'data.x-0__y' };
  assert.deepEqual(parseArchiveName(formatArchiveName(name)), name);
  assert.equal(formatArchiveName({ ...name, pvc: 'a/b c' }), '20260102T030405Z__a-b__a_b_c.tar.gz');
});
