import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGlob } from '../../../src/domain/glob.ts';
import { Landing } from '../../../src/domain/landing.ts';
import type { Member } from '../../../src/domain/member.ts';
import { Selection } from '../../../src/domain/selection.ts';

const member = (path: string, more: Partial<Member> = {}): Member => ({
  path,
  type: 'file',
  sizeBytes: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeSeconds: 0,
  ...more,
});

const selection = (include: readonly string[], exclude: readonly string[]) =>
  new Selection({ include: include.map(parseGlob), exclude: exclude.map(parseGlob) });

test('without an include everything lands but what is excluded', () => {
  const landing = new Landing(selection([], ['*.log', '/cache']));
  const landed = ['a', 'a/b.log', 'cache', 'cache/x', 'a/cache'].filter((path) => landing.land(member(path)));
  assert.deepEqual(landed, ['a', 'a/cache']);
});

test('with an include only that lands, and an exclude takes away from it', () => {
  const landing = new Landing(selection(['/etc'], ['secret']));
  const landed = ['.', 'etc', 'etc/conf', 'etc/secret/key', 'var'].filter((path) =>
    landing.land(member(path)),
  );
  assert.deepEqual(landed, ['etc', 'etc/conf']);
});

test('a folder above what is included lands only as such', () => {
  const landing = new Landing(selection(['/a/b'], []));
  const folders = ['.', 'a', 'a/b', 'c'].map((path) => member(path, { type: 'directory' }));
  assert.deepEqual(
    folders.map((folder) => [landing.land(folder)?.path, landing.isOnlyAbove(folder)]),
    [
      ['.', true],
      ['a', true],
      ['a/b', false],
      ['c', true],
    ],
  );
});

test('says which patterns have matched nothing', () => {
  const chosen = selection(['/a', '/missing'], ['*.log', '*.tmp']);
  for (const path of ['a', 'a/x.log', 'b.log']) chosen.standingOf(path);
  assert.deepEqual(chosen.unmatched, ['/missing', '*.tmp']);
});

test('what lands has the owners that are asked for', () => {
  const landing = new Landing(selection([], ['b']), {
    land: (one) => ({ ...one, uid: 1000 }),
    unmatchedMappings: () => [],
    changesMembers: true,
  });
  assert.deepEqual(
    [landing.land(member('a')), landing.land(member('b'))],
    [member('a', { uid: 1000 }), undefined],
  );
});
