import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Member, MemberType } from '../../../src/domain/member.ts';
import { parseOwnerMappings } from '../../../src/domain/owner-words.ts';
import { lossesOf, ownershipOf } from '../../../src/domain/ownership.ts';
import { groupsOf, root, type UnprivilegedIdentity } from '../../../src/domain/pod-identity.ts';

const noMappings = { users: new Map(), groups: new Map() };

const user: UnprivilegedIdentity = {
  kind: 'unprivileged',
  uid: 1000,
  gid: 1000,
  fsGroup: 2000,
  supplementalGroups: [3000],
  source: 'deployment/web',
  refusal: 'no root here',
};
const id = fc.oneof(fc.constantFrom(0, 33, 1000, 2000, 3000), fc.integer({ min: 0, max: 2 ** 32 - 2 }));
const members: fc.Arbitrary<Member> = fc.record(
  {
    path: fc.constant('some/path'),
    type: fc.constantFrom<MemberType[]>('file', 'directory', 'symlink', 'fifo'),
    sizeBytes: fc.constant(0),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: id,
    gid: id,
    mtimeSeconds: fc.integer(),
  },
  { noNullPrototype: true },
);

function member(words: string, type: MemberType = 'file'): Member {
  const [mode = '', owner = ''] = words.split(' ');
  const [uid = 0, gid = 0] = owner.split(':').map(Number);
  return { path: 'some/path', type, sizeBytes: 0, mode: Number.parseInt(mode, 8), uid, gid, mtimeSeconds: 1 };
}

const landing = (words: string, type: MemberType) => {
  const landed = ownershipOf({ owner: undefined, mappings: noMappings, identity: user }).land(
    member(words, type),
  );
  const { mode, uid, gid, lost } = landed;
  return [`${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`, lost];
};

test('as root every member lands as the archive has it', () => {
  const { land, changesMembers } = ownershipOf({ owner: undefined, mappings: noMappings, identity: root });
  fc.assert(fc.property(members, (one) => assert.deepEqual(land(one), one)));
  assert.equal(changesMembers, false);
});

test('as root a wish is granted, and nothing else changes', () => {
  const { land } = ownershipOf({ owner: { uid: 7, gid: 8 }, mappings: noMappings, identity: root });
  fc.assert(fc.property(members, (one) => assert.deepEqual(land(one), { ...one, uid: 7, gid: 8 })));
});

test('mappings apply at once, and each number once', () => {
  const mappings = parseOwnerMappings(['1=2', '2=1', '3:=4:', ':5=:6']);
  const { land, changesMembers } = ownershipOf({ owner: undefined, mappings, identity: root });
  const mapped = ['1:2', '2:1', '3:3', '5:5', '9:9'].map((owner) => {
    const { uid, gid } = land(member(`0644 ${owner}`));
    return `${uid}:${gid}`;
  });
  assert.deepEqual([mapped, changesMembers], [['2:1', '1:2', '4:3', '5:6', '9:9'], true]);
});

test('a mapping that no member needs is named', () => {
  const mappings = parseOwnerMappings(['1=2', '3=4', '5=6', '7:=8:', ':9=:1']);
  const { land, unmatchedMappings } = ownershipOf({ owner: undefined, mappings, identity: root });
  for (const owner of ['1:1', '0:3', '9:7']) land(member(`0644 ${owner}`));
  assert.deepEqual(unmatchedMappings(), ['user or group 5', 'user 7', 'group 9']);
});

for (const { words, type = 'file', lands, lost } of [
  { words: '6755 1000:1000', lands: '6755 1000:1000', lost: undefined },
  { words: '2664 1000:3000', lands: '2664 1000:3000', lost: undefined },
  { words: '4755 0:2000', lands: '0755 1000:2000', lost: { uid: 0, mode: 0o4755 } },
  { words: '6755 1000:33', lands: '4755 1000:2000', lost: { gid: 33, mode: 0o6755 } },
  { words: '3777 0:0', type: 'directory', lands: '1777 1000:2000', lost: { uid: 0, gid: 0, mode: 0o3777 } },
  { words: '0000 1000:1000', lands: '0400 1000:1000', lost: { mode: 0 } },
  { words: '0200 1000:1000', type: 'directory', lands: '0700 1000:1000', lost: { mode: 0o200 } },
  { words: '0777 33:1000', type: 'symlink', lands: '0777 1000:1000', lost: { uid: 33 } },
] as const) {
  test(`as a user a ${type} of ${words} lands as ${lands}`, () => {
    assert.deepEqual(landing(words, type), [lands, lost]);
  });
}

test('what a user cannot give is its own, readable, and said', () => {
  const { land } = ownershipOf({ owner: undefined, mappings: noMappings, identity: user });
  fc.assert(
    fc.property(members, (one) => {
      const { lost, ...landed } = land(one);
      assert.deepEqual({ ...landed, ...lost }, one);
      assert.equal(landed.uid, user.uid);
      assert.equal(groupsOf(user).has(landed.gid), true);
      const isForeign = one.uid !== landed.uid;
      if (isForeign && one.type !== 'symlink') assert.equal(landed.mode & 0o4000, 0);
    }),
  );
});

test('an owner that was wished for is no loss', () => {
  const parts = { owner: { uid: 1000, gid: 2000 }, mappings: noMappings, identity: user };
  const { mode, uid, gid, lost } = ownershipOf(parts).land(member('4755 0:0'));
  assert.deepEqual([mode, uid, gid, lost], [0o4755, 1000, 2000, undefined]);
});

test('losses are counted by kind, and a hard link not at all', () => {
  const { land } = ownershipOf({ owner: undefined, mappings: noMappings, identity: user });
  const all = ['0644 1000:1000', '4755 0:0', '2755 1000:33', '0000 1000:1000'].map((words) =>
    land(member(words)),
  );
  const link: Member = { ...land(member('4755 0:0')), type: 'hardlink', linkTarget: 'some/path' };
  assert.deepEqual(lossesOf([...all, link]), { owners: 2, setuid: 1, setgid: 1, modes: 1 });
});
