/** `--wipe`: what is removed, what stays, and what a failure in it leaves. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { fillVolume } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import {
  failedRestore,
  leftOn,
  nextOfHalfWritten,
  recordOf,
  restoreArgs,
} from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import type { TestClaim, VolumeOptions } from '../support/namespace.ts';
import type { Operator } from '../support/plugin.ts';
import { tarOf } from '../support/tar-builder.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const asBefore = ['Deployment/web at 1', 'PersistentVolumeClaim/data'];
const halfWritten = [
  'Deployment/web at 0 claim=data earlier={"spec":{"replicas":1}} run=RUN',
  'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME',
];

clusterTest('a wiped volume is exactly what the archive holds, beside its lost+found', async (scene) => {
  const { t, app, operator } = scene;
  const claim = await liveClaim(scene, { sizeMebibytes: 16 });
  await fillVolume(claim.folder);
  const backup = await app.backUp(claim);
  const backedUp = volumeState(claim.folder);
  const outside = tempFolder(t);
  writeFileSync(join(outside, 'precious'), 'as it was');
  const at = (path: string | Buffer) => Buffer.concat([Buffer.from(`${claim.folder}/`), Buffer.from(path)]);
  writeFileSync(at('lost+found/found'), 'by fsck');
  symlinkSync(outside, at('a way out'));
  mkdirSync(at('lost+found of mine'));
  writeFileSync(at('lost+found of mine/-rf\n*'), '');
  writeFileSync(at(Buffer.from('\xff\xfe "\'', 'latin1')), '');
  mkdirSync(at('.hidden'));
  mkdirSync(at('deep/lost+found'));
  // What a merge would refuse: a folder in the place of a file.
  rmSync(at('plain.txt'));
  renameSync(at('a folder'), at('plain.txt'));

  const restored = await operator.run(restoreArgs(scene, backup, ...wipeFlags(claim)));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(volumeState(claim.folder), backedUp);
  assert.equal(readFileSync(at('lost+found/found'), 'utf8'), 'by fsck');
  assert.equal(readFileSync(join(outside, 'precious'), 'utf8'), 'as it was');
  const { safety, wipe } = recordOf(restored.stdout);
  assert.deepEqual(
    { safety, wipe: { ...wipe, bytes: typeof wipe?.bytes, paths: typeof wipe?.paths } },
    {
      safety: { kind: 'none' },
      wipe: { approved: `${claim.namespace}/data`, paths: 'number', bytes: 'number', outcome: 'done' },
    },
  );
  assert.deepEqual(await leftOn(scene.shop), asBefore);
});

clusterTest('what a wipe frees is room for the archive', async (scene) => {
  const { app, operator } = scene;
  const claim = await liveClaim(scene, { sizeMebibytes: 32 });
  const backup = await app.fileBig(claim, { mebibytes: 18 });
  await run('fallocate', ['-l', String(16 * 2 ** 20), join(claim.folder, 'filler')]);

  const merged = await failedRestore(scene, backup);
  const wiped = await operator.run(restoreArgs(scene, backup, ...wipeFlags(claim)));

  assert.deepEqual([merged.code, wiped.exitCode], ['no-room', 0], wiped.stderr);
});

clusterTest('an archive that does not fit even an empty volume is refused before the wipe', async (scene) => {
  const { app, shop } = scene;
  const claim = await liveClaim(scene, { sizeMebibytes: 16 });
  const backup = await app.fileBig(claim, { mebibytes: 20 });
  const before = volumeState(claim.folder);

  const { exitCode, code } = await failedRestore(scene, backup, wipeFlags(claim));

  assert.deepEqual({ exitCode, code }, { exitCode: 14, code: 'no-room' });
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('--wipe with an archive that has no file is a usage error', async (scene) => {
  const { app, operator, shop } = scene;
  const claim = await liveClaim(scene, {});
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, gzipSync(tarOf({ name: './empty/', typeFlag: '5', mode: 0o755 })));
  const backup = await app.file(claim, made);
  const before = volumeState(claim.folder);

  const { exitCode, stderr } = await operator.run(restoreArgs(scene, backup, ...wipeFlags(claim)));

  assert.equal(exitCode, 2);
  assert.match(
    stderr.replaceAll(/\s+/g, ' '),
    /--wipe is refused: .*__data\.tar\.gz has no file to put in the place of the old ones/,
  );
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('[volume-conflict] a volume with a mount point inside is not wiped', async (scene) => {
  const { app, shop } = scene;
  const claim = await shop.claim('data');
  const backup = await app.fileBig(claim, { mebibytes: 1 });
  const inside = join(claim.folder, 'inside');
  mkdirSync(inside);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'nkvm-test', inside]);
  try {
    writeFileSync(join(inside, 'precious'), 'of another filesystem');

    const failed = await failedRestore(scene, backup, wipeFlags(claim));

    assert.deepEqual(failed, {
      exitCode: 14,
      code: 'volume-conflict',
      step: 4,
      message: 'the volume is untouched; a wipe would empty what is mounted inside it:\n  /restore/inside',
      next: [],
    });
    assert.equal(readFileSync(join(inside, 'precious'), 'utf8'), 'of another filesystem');
  } finally {
    await run('umount', [inside]);
  }
});

clusterTest(
  '[wipe-failed] what cannot be removed leaves the writers stopped, and the copy named',
  async (scene) => {
    const { t, app, shop } = scene;
    const claim = await liveClaim(scene, { sizeMebibytes: 16 });
    const backup = await app.fileBig(claim, { mebibytes: 1 });
    await run('chattr', ['+i', join(claim.folder, 'precious')]);

    const folder = tempFolder(t);
    const flags = wipeFlags(claim, `archive=${folder}`);
    const failed = await failedRestore(scene, backup, flags);

    const next = failed.next.map((command) =>
      command.replace(/\d{8}T\d{6}Z/, 'TIME').replace(/[0-9a-f]{64}/, 'SHA256'),
    );
    const [first, ...why] = failed.message.split('\n  ');
    assert.deepEqual(
      { ...failed, next, message: first },
      {
        exitCode: 14,
        code: 'wipe-failed',
        step: 4,
        message: 'the volume could not be emptied: 1 left at its top:',
        next: [
          ...nextOfHalfWritten(1, ` --wipe --safety=archive=${folder}`),
          `kubectl nkvm restore --archive ${folder}/TIME__NS__data.tar.gz --checksum SHA256 --target NS/data --wipe --approve-wipe NS/data --safety none   # the volume as it was before this run`,
        ],
      },
    );
    assert.match(why.join('\n'), /precious.*Operation not permitted/);
    assert.deepEqual(await leftOn(shop), halfWritten);
  },
);

clusterTest(
  'a connection that is cut in the wipe is made again, and the wipe asked for again',
  async (scene) => {
    const { t, app, operator } = scene;
    const claim = await liveClaim(scene, {});
    const backup = await app.backUp(claim);
    const backedUp = volumeState(claim.folder);
    oldFiles(claim);
    const proxy = await startTcpProxy(t, await apiServer());
    const flags = [...wipeFlags(claim), '--server', proxy.server];
    const restore = operator.start(restoreArgs(scene, backup, ...flags));

    await Promise.race([wipeBegun(operator), restore.exited]);
    proxy.cut();
    const { exitCode, stderr } = await restore.exited;

    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /warning: connection lost: /);
    assert.deepEqual(volumeState(claim.folder), backedUp);
  },
);

clusterTest('a signal in the wipe leaves the writers stopped and the claim marked', async (scene) => {
  const { t, app, shop, operator } = scene;
  const claim = await liveClaim(scene, {});
  const backup = await app.fileBig(claim, { mebibytes: 1 });
  oldFiles(claim);
  const proxy = await startTcpProxy(t, await apiServer());
  const flags = [...wipeFlags(claim), '--server', proxy.server];
  const restore = operator.start(restoreArgs(scene, backup, ...flags));

  await Promise.race([wipeBegun(operator), restore.exited]);
  proxy.stall();
  const [onDisk] = operator.records();
  restore.kill('SIGTERM');
  proxy.release();
  const { exitCode, stdout, stderr } = await restore.exited;

  const { outcome, wipe } = recordOf(stdout, stderr);
  assert.deepEqual(
    { exitCode, outcome, wipe: wipe?.outcome, onDisk: [onDisk?.safety?.kind, onDisk?.wipe?.outcome] },
    { exitCode: 143, outcome: 'interrupted', wipe: 'begun', onDisk: ['none', 'begun'] },
  );
  assert.deepEqual(await leftOn(shop), halfWritten);
});

/** So many that removing them takes its time. */
function oldFiles({ folder }: TestClaim): void {
  for (let index = 0; index < 40_000; index++) writeFileSync(join(folder, `old-${index}`), '');
}

async function wipeBegun(operator: Operator): Promise<void> {
  while (operator.records()[0]?.wipe === undefined) await sleep(20);
}

function wipeFlags({ namespace, name }: TestClaim, safety = 'none'): string[] {
  return ['--wipe', '--approve-wipe', `${namespace}/${name}`, '--safety', safety];
}

/** A claim whose writer is up but writes nothing, so that the volume can be compared. */
async function liveClaim({ shop }: Scene, options: VolumeOptions): Promise<TestClaim> {
  const claim = await shop.claim('data', options);
  writeFileSync(join(claim.folder, 'precious'), 'as it was');
  await shop.apply(deployment('web', { claims: ['data'], container: { command: ['sleep', '3600'] } }));
  await shop.rolledOut('deployment/web');
  return claim;
}
