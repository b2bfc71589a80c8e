/** Every code of the failure matrix's step 1, by archives that are really so. A failure here changes nothing at all. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BackupApp, FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore } from '../support/failed-restore.ts';
import type { TestClaim } from '../support/namespace.ts';
import { type TarMember, tarMember, tarOf } from '../support/tar-builder.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const archive = 'APP/backups/20260101T120000Z__NS__data.tar.gz';
const members: readonly TarMember[] = [
  { name: './one', content: 'first' },
  { name: './two', content: 'second' },
];

interface Case {
  readonly code: string;
  readonly title: string;
  readonly make: (app: BackupApp, claim: TestClaim) => Promise<FiledBackup>;
  readonly message: RegExp;
}

const cases: readonly Case[] = [
  {
    code: 'archive-missing',
    title: 'an archive that was deleted after the backup',
    make: async (app, claim) => {
      const backup = await fileBytes(app, claim, gzipSync(tarOf(...members)));
      rmSync(backup.path);
      return backup;
    },
    message: /x/,
  },
  {
    code: 'archive-empty',
    title: 'an archive without a byte',
    make: (app, claim) => fileBytes(app, claim, Buffer.alloc(0)),
    message: /x/,
  },
  {
    code: 'archive-unreadable',
    title: 'a folder where the archive was',
    make: async (app, claim) => {
      const backup = await fileBytes(app, claim, gzipSync(tarOf(...members)));
      rmSync(backup.path);
      mkdirSync(backup.path);
      return backup;
    },
    message: /x/,
  },
  {
    code: 'archive-checksum-mismatch',
    title: 'an archive that changed after the backup',
    make: async (app, claim) => {
      const backup = await fileBytes(app, claim, gzipSync(tarOf(...members)));
      appendFileSync(backup.path, 'x');
      return backup;
    },
    message: /x/,
  },
  {
    code: 'archive-not-gzip',
    title: 'a tar that was filed uncompressed',
    make: (app, claim) => fileBytes(app, claim, tarOf(...members)),
    message: /x/,
  },
  {
    code: 'archive-corrupt',
    title: 'an archive that was damaged before it was filed',
    make: (app, claim) => {
      const bytes = gzipSync(tarOf(...members));
      bytes.writeUInt32LE(0, bytes.length - 8);
      return fileBytes(app, claim, bytes);
    },
    message: /x/,
  },
  {
    code: 'archive-truncated',
    title: 'a tar cut between two members inside a whole gzip, as a backup pod that died leaves it',
    make: (app, claim) => {
      const [first] = members;
      return fileBytes(app, claim, gzipSync(first === undefined ? '' : tarMember(first)));
    },
    message: /x/,
  },
  {
    code: 'archive-truncated',
    title: 'an archive of which only a part was copied',
    make: async (app, claim) => {
      const whole = gzipSync(tarOf(...members));
      return fileBytes(app, claim, whole.subarray(0, whole.length / 2));
    },
    message: /x/,
  },
  {
    code: 'archive-unsafe',
    title: 'a member that would be written outside the volume',
    make: (app, claim) =>
      fileBytes(app, claim, gzipSync(tarOf(...members, { name: '../outside', content: 'x' }))),
    message: /x/,
  },
];

for (const { code, title, make, message } of cases) {
  clusterTest(`[${code}] stops before any change at ${title}`, async (scene) => {
    const { app, shop } = scene;
    const claim = await liveClaim(scene);
    const backup = await make(app, claim);
    const before = [volumeState(claim.folder), await wholeObjects(shop)];
    const failed = await failedRestore(scene, backup);
    const after = [volumeState(claim.folder), await wholeObjects(shop)];
    console.log(failed);
    assert.match(failed.message, message);
    assert.deepEqual(failed, { exitCode: 11, code, step: 1, message: failed.message, next: [] });
    assert.deepEqual(after, before);
  });
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
