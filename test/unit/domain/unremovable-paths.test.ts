import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberType } from '../../../src/domain/member.ts';
import { UnremovablePaths } from '../../../src/domain/unremovable-paths.ts';

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
function found(...lines: readonly string[]): UnremovablePaths {
  const paths = new UnremovablePaths(identity);
  for (const line of lines) {
    const [type, path = '', mode = '', owner = ''] = line.split(' ');
    const [uid = 0, gid = 0] = owner.split(':').map(Number);
    const stat = {
      mode: Number.parseInt(mode, 8),
      uid,
      gid,
      sizeBytes: 0,
      mtimeSeconds: 1,
      allocatedBytes: 0,
    };
    paths.add({ path, type: type as MemberType, ...stat });
  }
  return paths;
}

test('what is in own directories, or in those that a group may write to, can be removed', () => {
  const paths = found(
    'directory . 2775 0:2000',
    'file theirs 0600 33:33',
    'directory own 0555 1000:1000',
    'file own/theirs 0600 33:33',
    'directory empty 0555 33:33',
  );
  assert.deepEqual([paths.obstacles, paths.unread], [[], []]);
});

test('a directory of others that denies it is named once, if anything is in it', () => {
  const paths = found(
    'directory . 2775 0:2000',
    'directory closed 0755 33:33',
    'file closed/a 0666 1000:1000',
    'file closed/b 0666 33:33',
  );
  assert.deepEqual(paths.obstacles, ['nothing can be removed from closed (33:33 755)']);
});

test('others’ files under the sticky bit stay, unless the directory is its own', () => {
  const paths = found(
    'directory . 1777 0:0',
    'file mine 0644 1000:1000',
    'file theirs 0666 33:33',
    'directory own 1777 1000:1000',
    'file own/theirs 0666 33:33',
  );
  assert.deepEqual(paths.obstacles, [
    'what others own cannot be removed from . (0:0 1777), which has the sticky bit',
  ]);
});

test('what cannot be seen is in the way of a wipe, but for lost+found', () => {
  const paths = found(
    'directory . 0777 0:0',
    'directory lost+found 0700 0:0',
    'directory secret 0700 33:33',
    'directory hiding 0000 1000:1000',
  );
  assert.deepEqual(
    [paths.obstacles, paths.unread],
    [['what is in secret cannot be seen (33:33 700)'], ['hiding']],
  );
});
