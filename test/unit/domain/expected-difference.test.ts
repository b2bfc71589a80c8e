import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMember } from '../../../src/domain/expected-difference.ts';
import type { Kept } from '../../../src/domain/foreign-paths.ts';
import type { Member } from '../../../src/domain/member.ts';
import { type PodIdentity, root } from '../../../src/domain/pod-identity.ts';
import type { VolumeEntry } from '../../../src/domain/volume-listing.ts';

const member: Member = {
  path: 'some/path',
  type: 'fifo',
  sizeBytes: 0,
  mode: 0o640,
  uid: 1000,
  gid: 1000,
  mtimeSeconds: 0,
};
const user = {
  kind: 'unprivileged',
  uid: 1000,
  gid: 1000,
  supplementalGroups: [],
  source: 'deployment/web',
  refusal: '',
} as const;

interface Case {
  readonly identity?: PodIdentity;
  readonly fsGroups?: readonly number[];
  readonly expected?: Partial<Member>;
  readonly found?: Partial<VolumeEntry>;
  /** In step 5.1, which knows what it found; undefined there: nothing. */
  readonly kept?: Kept | undefined;
}

function judged({ identity = root, fsGroups = [], expected = {}, found = {}, ...more }: Case) {
  const one = { ...member, ...expected };
  const { lost: _, ...landed } = one;
  const entry: VolumeEntry = { ...landed, allocatedBytes: 0, ...found };
  const { differences, expected: known } = judgeMember(one, entry, {
    content: true,
    identity,
    fsGroups,
    ...('kept' in more && { kept: () => more.kept }),
  });
  const words = ({ kind, expected: archived, found: there, because }: (typeof known)[number]) =>
    [kind, archived, there, because].filter((word) => word !== undefined).join(' ');
  return { differences: differences.map(words), expected: known.map(words) };
}

test('without a reason a difference is a difference', () => {
  assert.deepEqual(judged({ found: { gid: 2000, mode: 0o660 } }), {
    differences: ['mode 0640 0660', 'gid 1000 2000'],
    expected: [],
  });
});

test('the group and the bits that fsGroup gives a file are expected', () => {
  assert.deepEqual(judged({ fsGroups: [2000], found: { gid: 2000, mode: 0o660 } }), {
    differences: [],
    expected: ['mode 0640 0660 by fsGroup 2000', 'gid 1000 2000 by fsGroup 2000'],
  });
});

test('a directory also gets the setgid bit', () => {
  const expected = { type: 'directory', mode: 0o700 } as const;
  assert.deepEqual(judged({ fsGroups: [2000], expected, found: { gid: 2000, mode: 0o2770 } }), {
    differences: [],
    expected: ['mode 0700 2770 by fsGroup 2000', 'gid 1000 2000 by fsGroup 2000'],
  });
});

test('other bits, another group, another user or time are not by fsGroup', () => {
  const { differences } = judged({
    fsGroups: [2000],
    found: { gid: 2000, mode: 0o666, uid: 0, mtimeSeconds: 1 },
  });
  assert.deepEqual(differences, [
    'mode 0640 0666',
    'uid 1000 0',
    'mtime 1970-01-01T00:00:00Z 1970-01-01T00:00:01Z',
  ]);
  assert.deepEqual(judged({ fsGroups: [2000], found: { gid: 2001, mode: 0o660 } }).expected, []);
});

test('what could not be given is a loss where the volume has what could be', () => {
  const expected = { lost: { uid: 0, gid: 33, mode: 0o4640 } };
  assert.deepEqual(judged({ identity: user, expected }), {
    differences: [],
    expected: ['mode 4640 0640 as uid 1000', 'uid 0 1000 as uid 1000', 'gid 33 1000 as uid 1000'],
  });
});

test('where the volume has something else it is a difference', () => {
  const expected = { lost: { uid: 0 } };
  assert.deepEqual(judged({ identity: user, expected, found: { uid: 5 } }), {
    differences: ['uid 1000 5'],
    expected: [],
  });
});

const directory = { type: 'directory', lost: { uid: 0, gid: 0 } } as const;
const reason = 'of uid 0, which uid 1000 cannot change';

test('a directory of another user is compared with the archive, and kept as it was found', () => {
  const kept = { uid: 0, gid: 2000, mode: 0o2775 };
  assert.deepEqual(
    judged({ identity: user, expected: directory, found: { ...kept, mtimeSeconds: 1 }, kept }),
    {
      differences: [],
      expected: [
        `mode 0640 2775 ${reason}`,
        `gid 0 2000 ${reason}`,
        `mtime 1970-01-01T00:00:00Z 1970-01-01T00:00:01Z ${reason}`,
      ],
    },
  );
});

test('what is no more as it was found is a difference', () => {
  const kept = { uid: 0, gid: 2000, mode: 0o2775 };
  const found = { ...kept, mode: 0o777 };
  assert.deepEqual(judged({ identity: user, expected: directory, found, kept }), {
    differences: ['mode 0640 0777'],
    expected: [`gid 0 2000 ${reason}`],
  });
});

test('a directory that was not there before is no other user’s by right', () => {
  const found = { uid: 5, gid: 1000 };
  assert.deepEqual(judged({ identity: user, expected: { type: 'directory' }, found, kept: undefined }), {
    differences: ['uid 1000 5'],
    expected: [],
  });
});

test('verify excuses no mode or group of a directory that has the archive’s owner, but for fsGroup', () => {
  const found = { uid: 0, gid: 33, mode: 0o777, mtimeSeconds: 1 };
  assert.deepEqual(judged({ identity: user, expected: directory, found }), {
    differences: ['mode 0640 0777', 'gid 0 33'],
    expected: [`mtime 1970-01-01T00:00:00Z 1970-01-01T00:00:01Z ${reason}`],
  });
  const byFsGroup = { uid: 0, gid: 2000, mode: 0o2770 };
  const ofGroup = { ...user, fsGroup: 2000 };
  assert.deepEqual(judged({ identity: ofGroup, expected: directory, found: byFsGroup }).differences, []);
});

test('verify excuses all of a directory that is neither the archive’s owner’s nor its own', () => {
  const found = { uid: 7, gid: 7, mode: 0o700 };
  const because = 'of uid 7, which uid 1000 cannot change';
  assert.deepEqual(judged({ identity: user, expected: directory, found }), {
    differences: [],
    expected: [`mode 0640 0700 ${because}`, `uid 0 7 ${because}`, `gid 0 7 ${because}`],
  });
});
