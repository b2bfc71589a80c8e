/** A restore pod that is not root, on volumes that hold what it may not read, remove or replace. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import type { TestClaim, VolumeOptions } from '../support/namespace.ts';
import { makeOwners, type Owners, ownersOf } from '../support/ownership.ts';
import { type TarMember, tarOf } from '../support/tar-builder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const asUser = ['--owner', '1000:1000'];
const as1000 = 'as uid 1000, gid 1000, fsGroup 1000';
const files: readonly TarMember[] = [{ name: './new', content: 'new' }];

clusterTest('[volume-not-writable] a wipe that could not remove all removes nothing', async (scene) => {
  const { claim, backup } = await volume(scene, files, {
    mine: '0644 1000:1000',
    own: 'directory 0555 1000:1000',
    'own/theirs': 'directory 0755 33:33',
    'own/theirs/file': '0666 33:33',
    secret: 'directory 0700 33:33',
    shared: 'directory 1777 0:0',
    'shared/theirs': '0666 33:33',
  });
  const before = volumeState(claim.folder);

  const failed = await failedRestore(scene, backup, [...asUser, ...wipeFlags(claim)]);

  const [first, ...obstacles] = failed.message.split('\n  ');
  assert.deepEqual(
    { ...failed, message: [first, ...obstacles.sort()] },
    {
      exitCode: 14,
      code: 'volume-not-writable',
      step: 4,
      message: [
        `the volume is untouched; ${as1000}:`,
        'nothing can be removed from own/theirs (33:33 755)',
        'what is in secret cannot be seen (33:33 700)',
        'what others own cannot be removed from shared (0:0 1777), which has the sticky bit',
      ],
      next: [],
    },
  );
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(scene.shop), ['PersistentVolumeClaim/data']);
});

clusterTest('what a folder hid from its own owner is found before anything is removed', async (scene) => {
  const { claim, backup } = await volume(scene, files, {
    mine: '0644 1000:1000',
    hiding: 'directory 0000 1000:1000',
    'hiding/deeper': 'directory 0000 1000:1000',
    'hiding/deeper/theirs': 'directory 0755 33:33',
    'hiding/deeper/theirs/file': '0666 33:33',
  });
  const before = volumeState(claim.folder);

  const failed = await failedRestore(scene, backup, [...asUser, ...wipeFlags(claim)]);

  assert.deepEqual(
    [failed.code, failed.message],
    [
      'volume-not-writable',
      `only modes of folders were changed; ${as1000}:\n  nothing can be removed from hiding/deeper/theirs (33:33 755)`,
    ],
  );
  assert.deepEqual(Object.keys(volumeState(claim.folder)), Object.keys(before));
  assert.deepEqual(await leftOn(scene.shop), [
    'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME',
  ]);
});

clusterTest('a user wipes an ext4 with a safety copy, closed folders and all', async (scene) => {
  const { t, operator } = scene;
  const own = {
    closed: 'directory 0555 1000:1000',
    'closed/file': '0400 1000:1000',
    'closed/hiding': 'directory 0000 1000:1000',
    'closed/hiding/file': '0600 1000:1000',
    'lost+found of mine': 'directory 0500 1000:1000',
  };
  const { claim, backup } = await volume(scene, files, own, { sizeMebibytes: 16 });
  const folder = tempFolder(t);
  const unpackable = await failedRestore(scene, backup, [
    ...asUser,
    ...wipeFlags(claim, `archive=${folder}`),
  ]);
  chmodSync(join(claim.folder, 'closed/hiding'), 0o500);

  const copied = await operator.run(
    restoreArgs(scene, backup, ...asUser, ...wipeFlags(claim, `archive=${folder}`)),
  );

  assert.equal(unpackable.code, 'safety-failed');
  assert.equal(copied.exitCode, 0, copied.stderr);
  assert.deepEqual(Object.keys(volumeState(claim.folder)), ['.', 'new']);
  assert.equal(existsSync(join(claim.folder, 'lost+found')), true);
  const { safety } = recordOf(copied.stdout);
  const undo = safety?.kind === 'archive' ? safety.restoreWith.split(' ').slice(2) : [];
  const undone = await operator.run([...undo, ...asUser, ...wipeFlags(claim), '--yes']);
  assert.equal(undone.exitCode, 0, undone.stderr);
  const { new: _new, ...back } = ownersOf(claim.folder, ['.', 'lost+found']);
  assert.deepEqual(back, { ...own, 'closed/hiding': 'directory 0500 1000:1000' });
});

clusterTest('a folder that hides what is in it is opened and emptied too', async (scene) => {
  const { operator } = scene;
  const { claim, backup } = await volume(scene, files, {
    hiding: 'directory 0000 1000:1000',
    'hiding/deeper': 'directory 0000 1000:1000',
    'hiding/deeper/file': '0600 1000:1000',
  });

  const wiped = await operator.run(restoreArgs(scene, backup, ...asUser, ...wipeFlags(claim)));

  assert.equal(wiped.exitCode, 0, wiped.stderr);
  assert.match(
    wiped.stderr,
    /wipe: at least 1 path with \S+ to be removed \(1 folder could not be looked into\)/,
  );
  assert.equal(recordOf(wiped.stdout).wipe?.paths, 3);
  assert.deepEqual(Object.keys(volumeState(claim.folder)), ['.', 'new']);
});

clusterTest('where a folder cannot be looked into, the counts say so', async (scene) => {
  const { operator } = scene;
  const { claim, backup } = await volume(scene, files, {
    secret: 'directory 0700 33:33',
    'secret/file': '0600 33:33',
    closed: 'directory 0000 1000:1000',
    extra: '0600 33:33',
  });

  const merged = await operator.run(restoreArgs(scene, backup, ...asUser));

  assert.equal(merged.exitCode, 0, merged.stderr);
  assert.match(
    merged.stderr,
    /merge: 1 to be created, 0 to be overwritten \(0 newer than the backup\), at least 1 extra file stays \(2 folders could not be looked into\)\n/,
  );
  assert.equal(recordOf(merged.stdout).merge?.unreadFolders, 2);
  // Nothing lands there, so nobody had to open it.
  const { closed, secret } = ownersOf(claim.folder, ['.', 'new']);
  assert.deepEqual([closed, secret], ['directory 0000 1000:1000', 'directory 0700 33:33']);
});

clusterTest(
  '[volume-not-writable] what would land in a folder that cannot be looked into stops the run',
  async (scene) => {
    const members = [...files, { name: './drop/unseen/file', content: 'x' }];
    const { claim, backup } = await volume(scene, members, { drop: 'directory 0733 33:33' });
    const before = volumeState(claim.folder);

    const failed = await failedRestore(scene, backup, asUser);

    assert.deepEqual(
      [failed.code, failed.message],
      [
        'volume-not-writable',
        `the volume is untouched; ${as1000}:\n  what is in drop cannot be seen (33:33 733)`,
      ],
    );
    assert.deepEqual(volumeState(claim.folder), before);
  },
);

clusterTest(
  '[volume-conflict] a link that a folder hid from its own owner is not written through',
  async (scene) => {
    const members = [{ name: './hiding/link/file', content: 'evil' }];
    const { claim, backup } = await volume(scene, members, { hiding: 'directory 0000 1000:1000' });
    mkdirSync(join(claim.folder, 'elsewhere'));
    chmodSync(join(claim.folder, 'elsewhere'), 0o777);
    symlinkSync('../elsewhere', join(claim.folder, 'hiding/link'));

    const failed = await failedRestore(scene, backup, asUser);

    assert.deepEqual(
      [failed.code, failed.message],
      [
        'volume-conflict',
        'only modes of folders were changed; tar would write through or over:\n  hiding/link is a symlink, the archive has a directory',
      ],
    );
    assert.equal(existsSync(join(claim.folder, 'elsewhere/file')), false);
  },
);

clusterTest('a folder that was opened for what lands in it is closed again', async (scene) => {
  const { operator } = scene;
  const members = [{ name: './closed/file', content: 'x' }];
  const { claim, backup } = await volume(scene, members, { closed: 'directory 0555 1000:1000' });

  const restored = await operator.run(restoreArgs(scene, backup, ...asUser));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const found = Object.entries(volumeState(claim.folder)).map(([path, words]) => [path, ...words.split(' ')]);
  assert.deepEqual(
    found.filter(([path]) => path !== '.').map(([path, type, mode, owner]) => [path, type, mode, owner]),
    [
      ['closed', 'directory', '0555', '1000:1000'],
      ['closed/file', 'file', '0644', '1000:1000'],
    ],
  );
});

clusterTest('owners that are mapped to the user are no loss to it, others are', async (scene) => {
  const { shop, app, operator } = scene;
  const members = [
    { name: './mapped', content: 'x', uid: 33, gid: 33, mode: 0o4755 },
    { name: './link', typeFlag: '1', linkTarget: './mapped' },
    { name: './other', content: 'x', uid: 5, gid: 33 },
  ];
  const { claim, backup } = await volume(scene, members, {});
  const securityContext = { runAsUser: 1000, runAsGroup: 1000 };
  await shop.apply(deployment('web', { claims: ['data'], replicas: 0, pod: { securityContext } }));
  const mapped = ['--map-owner', '33=1000'];
  const verify = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '-o', 'json', ...mapped];

  const restored = await operator.run(restoreArgs(scene, backup, '--hold', ...mapped));
  const verified = await operator.run(verify);

  assert.equal(restored.exitCode, 0, restored.stderr);
  const found = Object.entries(volumeState(claim.folder)).filter(([path]) => path !== '.');
  assert.deepEqual(
    found.map(([path, words]) => [path, ...words.split(' ').slice(1, 3), words.split(' ').at(-1)]),
    [
      ['link', '4755', '1000:1000', 'names=2'],
      ['mapped', '4755', '1000:1000', 'names=2'],
      ['other', '0644', '1000:1000', 'names=1'],
    ],
  );
  // The volume's root counts with `other`.
  assert.deepEqual(recordOf(restored.stdout).ownership?.losses, {
    owners: 2,
    setuid: 0,
    setgid: 0,
    modes: 0,
  });
  const { differences, expected } = JSON.parse(verified.stdout);
  assert.deepEqual(
    differences.map(({ path, kind }: Record<string, string>) => [path, kind]),
    [['.', 'mode']],
  );
  assert.deepEqual(
    expected
      .filter(({ path }: Record<string, string>) => path !== '.')
      .map(({ path, kind, because }: Record<string, string>) => [path, kind, because]),
    [['other', 'uid', 'as uid 1000']],
  );
});

clusterTest('verify reports what a restore as this user would not have left', async (scene) => {
  const { app, operator } = scene;
  const members = [
    { name: './theirs/', typeFlag: '5', mode: 0o755, uid: 33, gid: 33 },
    { name: './theirs/file', content: 'x', uid: 33, gid: 33 },
  ];
  const { claim, backup } = await volume(scene, members, { theirs: 'directory 0777 33:33' });
  const container = { command: ['sleep', '3600'] };
  const securityContext = { runAsUser: 1000, runAsGroup: 1000 };
  await scene.shop.apply(
    deployment('web', { claims: ['data'], replicas: 0, container, pod: { securityContext } }),
  );
  const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '-o', 'json'];

  const restored = await operator.run(restoreArgs(scene, backup, '--hold'));
  const verified = await operator.run(args);

  assert.equal(restored.exitCode, 0, restored.stderr);
  const because = 'of uid 33, which uid 1000 cannot change';
  assert.deepEqual(
    recordOf(restored.stdout).verification.firstExpectedLosses?.filter(({ path }) => path === 'theirs')[0],
    { path: 'theirs', kind: 'mode', expected: '0755', found: '0777', because },
  );
  assert.equal(verified.exitCode, 15, verified.stderr);
  assert.deepEqual(JSON.parse(verified.stdout).differences, [
    { path: '.', kind: 'mode', expected: '0755', found: '0777' },
    { path: 'theirs', kind: 'mode', expected: '0755', found: '0777' },
  ]);
  assert.equal(existsSync(join(claim.folder, 'theirs/file')), true);
});

function wipeFlags({ namespace, name }: TestClaim, safety = 'none'): string[] {
  return ['--wipe', '--approve-wipe', `${namespace}/${name}`, '--safety', safety];
}

/** In a namespace that refuses root; everybody may write to the volume's root. The backup has `members`. */
async function volume(
  { shop, app }: Scene,
  members: readonly TarMember[],
  owners: Owners,
  options: VolumeOptions = {},
): Promise<{ readonly claim: TestClaim; readonly backup: FiledBackup }> {
  const claim = await shop.claim('data', options);
  makeOwners(claim.folder, owners);
  chownSync(claim.folder, 0, 0);
  chmodSync(claim.folder, 0o777);
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, gzipSync(tarOf(...members)));
  const backup = await app.file(claim, made);
  await shop.kubectl(['label', 'namespace', shop.name, 'pod-security.kubernetes.io/enforce=restricted']);
  return { claim, backup };
}
