/** Codes of step 4 that are seen before the first byte: the volume is untouched, the writers get back what they had. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BackupApp, FiledBackup } from '../support/backups.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { failedRestore, leftOn } from '../support/failed-restore.ts';
import { liveClaim } from '../support/live-claim.ts';
import type { TestClaim } from '../support/namespace.ts';
import { type TarMember, tarOf } from '../support/tar-builder.ts';
import { volumeState } from '../support/volume-state.ts';

const asBefore = ['Deployment/web at 1', 'PersistentVolumeClaim/data'];

clusterTest('[no-room] a volume with too few bytes is left untouched', async (scene) => {
  const { shop, app } = scene;
  const claim = await liveClaim(scene, { sizeMebibytes: 16 });
  const backup = await app.fileBig(claim, { mebibytes: 20 });
  const before = volumeState(claim.folder);
  const failed = await failedRestore(scene, backup);
  assert.deepEqual(
    { ...failed, message: failed.message.replace(/has .+ free/, 'has FREE free') },
    {
      exitCode: 14,
      code: 'no-room',
      step: 4,
      message: 'the archive needs 20Mi (20,971,520 bytes) more than it frees, the volume has FREE free',
      next: [],
    },
  );
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('[no-room] a volume with too few inodes is left untouched', async (scene) => {
  const { shop, app } = scene;
  const claim = await liveClaim(scene, { sizeMebibytes: 16, mkfs: ['-N', '64'] });
  const many = Array.from({ length: 200 }, (_, index) => ({ name: `./${index}` }));
  const backup = await fileTar(app, claim, many);
  const before = volumeState(claim.folder);
  const failed = await failedRestore(scene, backup);
  assert.deepEqual(
    { ...failed, message: failed.message.replace(/has .+ free/, 'has FREE free') },
    {
      exitCode: 14,
      code: 'no-room',
      step: 4,
      message: 'the archive needs 200 new inodes, the volume has FREE free',
      next: [],
    },
  );
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('[volume-conflict] what tar would write through or over is named and left', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await liveClaim(scene, {});
  const backup = await fileTar(app, claim, [
    { name: './a/', typeFlag: '5', mode: 0o755 },
    { name: './a/inside', content: 'x' },
    { name: './b/', typeFlag: '5', mode: 0o755 },
    { name: './c', content: 'x' },
    { name: './d/implied', content: 'x' },
  ]);
  mkdirSync(join(claim.folder, 'elsewhere'));
  symlinkSync('elsewhere', join(claim.folder, 'a'));
  writeFileSync(join(claim.folder, 'b'), 'a file');
  mkdirSync(join(claim.folder, 'c'));
  symlinkSync('/', join(claim.folder, 'd'));
  const before = volumeState(claim.folder);
  const failed = await failedRestore(scene, backup);
  const [first, ...conflicts] = failed.message.split('\n  ');
  assert.deepEqual(
    { ...failed, message: [first, ...conflicts.sort()] },
    {
      exitCode: 14,
      code: 'volume-conflict',
      step: 4,
      message: [
        'the volume is untouched; tar would write through or over:',
        'a is a symlink, the archive has a directory',
        'b is a file, the archive has a directory',
        'c is a directory, the archive has a file',
        'd is a symlink, the archive has a directory',
      ],
      next: [],
    },
  );
  assert.deepEqual(volumeState(claim.folder), before);
  // A pod that runs could tell: the run did not begin.
  assert.deepEqual(operator.records(), []);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest(
  '[volume-not-writable] a volume that is read-only is not marked, even for root',
  async (scene) => {
    const { app, shop } = scene;
    const claim = await liveClaim(scene, { sizeMebibytes: 8 });
    const backup = await fileTar(app, claim, [{ name: './a', content: 'x' }]);
    execFileSync('mount', ['-o', 'remount,ro', claim.folder]);
    const { exitCode, code, message } = await failedRestore(scene, backup);
    assert.deepEqual([exitCode, code], [14, 'volume-not-writable']);
    assert.match(
      message,
      /^the volume is untouched; nothing can be made in \/restore: .*Read-only file system$/,
    );
    assert.deepEqual(await leftOn(shop), asBefore);
  },
);

function fileTar(app: BackupApp, claim: TestClaim, members: readonly TarMember[]): Promise<FiledBackup> {
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, gzipSync(tarOf(...members)));
  return app.file(claim, made);
}
