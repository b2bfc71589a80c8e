import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeFileLines, mergeText } from '../../../src/domain/merge.ts';

const counts = { created: 1200, overwritten: 3, overwrittenNewer: 1, extraFiles: 1 };

test('says in one line what a merge does', () => {
  assert.deepEqual(
    [mergeText(counts), mergeText({ created: 0, overwritten: 0, overwrittenNewer: 0, extraFiles: 0 })],
    [
      '1,200 to be created, 3 to be overwritten (1 newer than the backup), 1 extra file stays',
      '0 to be created, 0 to be overwritten (0 newer than the backup), 0 extra files stay',
    ],
  );
});

test('says where it could not count all', () => {
  const unread = { ...counts, extraFiles: 0, unreadFolders: 1 };
  const removed = { paths: 4, bytes: 8192 };
  assert.deepEqual(
    [mergeText(unread), mergeText({ ...unread, removed, unreadFolders: 2 })],
    [
      '1,200 to be created, 3 to be overwritten (1 newer than the backup), at least 0 extra files stay (1 folder could not be looked into)',
      'at least 4 paths with 8.0Ki to be removed (2 folders could not be looked into), all but lost+found; then 1,200 to be created',
    ],
  );
});

test('names the first paths of each kind that there is, as readable text', () => {
  const files = { created: ['a', 'b\n\xff'], overwritten: ['c', 'd', 'e'], newer: ['e'], extra: [] };
  assert.deepEqual(mergeFileLines({ ...counts, extraFiles: 0, files }), [
    'created:',
    '  a',
    '  b\\n\\xff',
    '  ... and 1,198 more',
    'overwritten:',
    '  c',
    '  d',
    '  e',
    'newer than the backup:',
    '  e',
  ]);
  assert.deepEqual(mergeFileLines(counts), []);
});
