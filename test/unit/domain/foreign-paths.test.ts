import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ForeignPaths } from '../../../src/domain/foreign-paths.ts';
import type { Member, MemberType } from '../../../src/domain/member.ts';

const identity = {
  kind: 'unprivileged',
  uid: 1000,
  gid: 1000,
  fsGroup: 2000,
  supplementalGroups: [],
  source: '--owner',
  refusal: '',
} as const;

/** `TYPE PATH MODE UID:GID`. */
function found(...lines: readonly string[]): ForeignPaths {
  const paths = new ForeignPaths(identity);
  for (const line of lines) {
    const [type = '', path = '', mode = '', owner = ''] = line.split(' ');
    const [uid = 0, gid = 0] = owner.split(':').map(Number);
    paths.add({ ...member(path, type), mode: Number.parseInt(mode, 8), uid, gid, allocatedBytes: 0 });
  }
  return paths;
}

function member(path: string, type = 'file'): Member {
  return { path, type: type as MemberType, sizeBytes: 0, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1 };
}

test('a directory of the pod’s own, or one that its group may write to, is no obstacle', () => {
  const paths = found('directory . 2775 0:2000', 'directory own 0755 1000:0', 'directory open 0777 5:5');
  assert.deepEqual(paths.obstacles([member('.'), member('a'), member('own/a'), member('open/a')]), []);
});

test('a directory in which something is to be made and may not be is named once', () => {
  const paths = found('directory . 0755 0:0', 'directory there 0755 0:0', 'directory kept 0755 0:0');
  const members = [member('.'), member('there'), member('there/a'), member('there/b'), member('kept')];
  assert.deepEqual(paths.obstacles(members), ['nothing can be made in there (0:0 755)']);
});

test('the group’s bits decide for its member, even against others’', () => {
  const paths = found('directory . 0707 0:2000');
  assert.deepEqual(paths.obstacles([member('a')]), ['nothing can be made in . (0:2000 707)']);
});

test('another user’s file under the sticky bit cannot be replaced', () => {
  const paths = found('directory . 1777 0:0', 'file theirs 0666 33:33', 'file mine 0644 1000:1000');
  const members = [member('theirs'), member('mine'), member('new')];
  assert.deepEqual(paths.obstacles(members), [
    "theirs is another user's, in a directory with the sticky bit",
  ]);
});

test('directories of others stay as they are, and closed ones of its own are to be opened', () => {
  const paths = found(
    'directory . 2775 0:2000',
    'directory closed 0555 1000:1000',
    'directory own 0700 1000:1000',
  );
  assert.deepEqual(
    [['.', 'closed', 'own'].map((path) => paths.hasDirectory(path)), [...paths.locked]],
    [[true, false, false], [['closed', 0o555]]],
  );
});

test('what would be made below a closed directory is seen, whether its folder is a member or not', () => {
  const paths = found('directory . 0777 0:0', 'directory closed 0755 0:0', 'directory closed/there 0777 0:0');
  assert.deepEqual(paths.obstacles([member('closed/there/new/file')]), []);
  assert.deepEqual(paths.obstacles([member('closed/new/file')]), ['nothing can be made in closed (0:0 755)']);
});

test('a directory that cannot be looked into is an obstacle to what lands below it, and counted', () => {
  const paths = found('directory . 0777 0:0', 'directory drop 0733 0:0', 'directory lost+found 0700 0:0');
  assert.deepEqual(paths.obstacles([member('drop'), member('else')]), []);
  assert.deepEqual(paths.obstacles([member('drop/unseen/deep')]), [
    'what is in drop cannot be seen (0:0 733)',
  ]);
  assert.equal(paths.unread, 1);
});

test('own directories that hide what is in them from their owner are named', () => {
  const paths = found(
    'directory . 0755 1000:1000',
    'directory hiding 0370 1000:1000',
    'directory closed 0555 1000:1000',
  );
  assert.deepEqual([[...paths.hiding()], paths.unread], [['hiding'], 1]);
});
