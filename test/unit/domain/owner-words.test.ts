import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseOwner, parseOwnerMappings } from '../../../src/domain/owner-words.ts';

const id = fc.integer({ min: 0, max: 2 ** 32 - 2 });

test('an owner is archive, workload or two numbers', () => {
  assert.deepEqual(['archive', 'workload', '1000:0'].map(parseOwner), [
    { kind: 'archive' },
    { kind: 'workload' },
    { kind: 'numbers', uid: 1000, gid: 0 },
  ]);
  fc.assert(
    fc.property(id, id, (uid, gid) =>
      assert.deepEqual(parseOwner(`${uid}:${gid}`), { kind: 'numbers', uid, gid }),
    ),
  );
});

for (const text of [
  '',
  '1000',
  '1000:',
  ':1000',
  '1:2:3',
  'www-data:33',
  '-1:0',
  '1.5:0',
  '4294967295:0',
  ' 1:1',
]) {
  test(`the owner "${text}" is refused by its value`, () => {
    assert.throws(() => parseOwner(text), {
      message: new RegExp(`^"${text}" is neither archive nor workload`),
    });
  });
}

test('a mapping is of users, of groups, or of both', () => {
  assert.deepEqual(parseOwnerMappings(['1=2', '3:=4:', ':5=:6']), {
    users: new Map([
      [1, 2],
      [3, 4],
    ]),
    groups: new Map([
      [1, 2],
      [5, 6],
    ]),
  });
});

for (const text of [
  '',
  '1',
  '1=',
  '=1',
  '1:=2',
  '1=2:',
  ':1=2',
  ':1:=:2:',
  '1:2=3:4',
  'a=b',
  '1=4294967295',
  '1=2=3',
]) {
  test(`the mapping "${text}" is refused by its value`, () => {
    assert.throws(() => parseOwnerMappings([text]), { message: new RegExp(`^"${text}" is not FROM=TO`) });
  });
}

test('a user cannot be mapped to two', () => {
  assert.throws(() => parseOwnerMappings(['1=2', '1:=3:']), { message: 'user 1 is mapped to 2 and to 3' });
});

test('any text is a mapping or an Error, never something else', () => {
  const text = fc.string({ unit: fc.constantFrom('1', '9', ':', '=', '-', 'a') });
  fc.assert(
    fc.property(text, (one) => {
      try {
        const { users, groups } = parseOwnerMappings([one]);
        for (const ids of [...users, ...groups])
          for (const value of ids) assert.match(String(value), /^\d+$/);
      } catch (error) {
        assert.match(String(error), /^Error: ".*" is not FROM=TO/);
      }
    }),
  );
});
