/** Every code of the failure matrix's step 1, by archives that are really so. A failure here changes nothing at all. */
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { BackupApp, bigArchive, type FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore } from '../support/failed-restore.ts';
import { hostVolume, run } from '../support/host-volume.ts';
import type { TestClaim } from '../support/namespace.ts';
import { type TarMember, tarMember, tarOf } from '../support/tar-builder.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const one: TarMember = { name: './one', content: 'first' };
const intact = gzipSync(tarOf(one, { name: './two', content: 'second' }));
const older =
  'kubectl nkvm restore backup/1 --catalog=CATALOG   # the newest older backup that is complete, of TIME';
const path = 'APP/backups/20260101T120100Z__NS__data.tar.gz';

interface Case {
  readonly title: string;
  readonly make: (app: BackupApp, claim: TestClaim) => Promise<FiledBackup>;
  readonly message: string;
  readonly next?: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: '[archive-missing] an archive that was deleted after the backup',
    make: async (app, claim) => {
      const backup = await fileBytes(app, claim, intact);
      rmSync(backup.path);
      return backup;
    },
    message: `the archive backups/20260101T120100Z__NS__data.tar.gz is not there; looked at HOME/backups/20260101T120100Z__NS__data.tar.gz, ${path}`,
    next: [],
  },
  {
    title: '[archive-empty] an archive without a byte',
    make: (app, claim) => fileBytes(app, claim, Buffer.alloc(0)),
    message: `${path} is empty: the file is empty, at byte 0 of the file`,
  },
  {
    title: '[archive-checksum-mismatch] an archive that changed after the backup',
    make: async (app, claim) => {
      const backup = await fileBytes(app, claim, intact);
      appendFileSync(backup.path, Buffer.alloc(512));
      return backup;
    },
    message: `${path} is checksum-mismatch: the archive is not the one that was filed, expected SHA256, found SHA256`,
  },
  {
    title: '[archive-not-gzip] a tar that was filed uncompressed',
    make: (app, claim) => fileBytes(app, claim, tarOf(one)),
    message: `${path} is not-gzip: the file does not begin as gzip data does, expected 1f8b, found 2e2f, at byte 0 of the file`,
  },
  {
    title: '[archive-corrupt] an archive that was damaged before it was filed',
    make: (app, claim) => {
      const bytes = Buffer.from(intact);
      bytes.writeUInt32LE(0, bytes.length - 8);
      return fileBytes(app, claim, bytes);
    },
    message: `${path} is corrupt: the checksum of the gzip data is wrong, expected 00000000, found ${crc32(gunzipSync(intact)).toString(16).padStart(8, '0')}, at byte ${intact.length - 8} of the file`,
  },
  {
    title:
      '[archive-truncated] a tar cut between two members in a whole gzip, as a backup pod that dies leaves it',
    make: (app, claim) => fileBytes(app, claim, gzipSync(tarMember(one))),
    message: `${path} is truncated: the tar stream ends right after member 1 (one), at byte 1024 of the tar stream`,
  },
  {
    title: '[archive-unsafe] a member that would be written outside the volume',
    make: (app, claim) => fileBytes(app, claim, gzipSync(tarOf(one, { name: '../outside', content: 'x' }))),
    message: `${path} is unsafe: member 3 (../outside) is a name with '..' in it, at byte 1536 of the tar stream`,
  },
];

clusterTest('a bad archive stops a restore before any change', async (scene) => {
  const { t, shop, operator } = scene;
  const claim = await liveClaim(scene);
  for (const { title, make, message, next = [older] } of cases) {
    await t.test(title, async (t) => {
      const code = /\[(.*)\]/.exec(title)?.[1];
      const app = new BackupApp(t);
      await fileBytes(app, claim, intact);
      const backup = await make(app, claim);
      const before = [volumeState(claim.folder), await wholeObjects(shop)];
      const failed = await failedRestore({ app, shop, operator }, backup);
      const after = [volumeState(claim.folder), await wholeObjects(shop)];
      const steadyMessage = failed.message
        .replaceAll(operator.home, 'HOME')
        .replaceAll(/\b[0-9a-f]{64}\b/g, 'SHA256');
      assert.deepEqual({ ...failed, message: steadyMessage }, { exitCode: 11, code, step: 1, message, next });
      assert.deepEqual(after, before);
    });
  }
});

clusterTest('[archive-unreadable] a disk that fails under the archive stops a restore', async (scene) => {
  const { shop, app } = scene;
  const claim = await liveClaim(scene);
  await fileBytes(app, claim, intact);
  const disk = await hostVolume({ sizeMebibytes: 16 });
  try {
    const file = join(disk.folder, 'archive.tar.gz');
    await bigArchive(file, { mebibytes: 4 });
    const id = app.addRow({ namespace: shop.name, pvc_name: 'data', backup_path: file });
    await loseDisk(disk.folder, file);
    const failed = await failedRestore(scene, { id });
    assert.deepEqual(failed, {
      exitCode: 11,
      code: 'archive-unreadable',
      step: 1,
      message: `${file} is unreadable: it cannot be read after byte 0: ${file} cannot be read: EIO: i/o error, read, at byte 0 of the file`,
      next: [older],
    });
  } finally {
    await disk.remove();
  }
});

clusterTest(
  'the older backup that is named is complete, and its command goes where the failed one went',
  async (scene) => {
    const { app, shop, operator } = scene;
    const claim = await liveClaim(scene);
    await shop.claim('other');
    await fileBytes(app, claim, intact);
    const cut = gzipSync(tarMember(one));
    await fileBytes(app, claim, cut);
    const backup = await fileBytes(app, claim, cut);
    const flags = ['--target', `${shop.name}/other`, '--exclude', 'two words', '--operator', 'ada'];
    const failed = await failedRestore({ app, shop, operator }, backup, ['--safety', 'none', ...flags]);
    assert.deepEqual(failed.next, [
      "kubectl nkvm restore backup/1 --catalog=CATALOG --safety=none --target=NS/other '--exclude=two words' --operator=ada   # the newest older backup that is complete, of TIME",
    ]);
  },
);

/** Takes the disk away under a mounted file system: what is not in memory any more cannot be read. */
async function loseDisk(folder: string, file: string): Promise<void> {
  await run('sync', ['-f', folder]);
  await run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  await run('truncate', ['-s', '0', join(folder, '..', 'image')]);
}

/** A claim whose writer is up but writes nothing, so that the volume can be compared. */
async function liveClaim({ shop }: Scene): Promise<TestClaim> {
  const claim = await shop.claim('data');
  writeFileSync(join(claim.folder, 'precious'), 'as it was');
  await shop.apply(deployment('web', { claims: ['data'], container: { command: ['sleep', '3600'] } }));
  await shop.rolledOut('deployment/web');
  return claim;
}

function fileBytes(app: BackupApp, claim: TestClaim, bytes: Uint8Array): Promise<FiledBackup> {
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, bytes);
  return app.file(claim, made);
}
