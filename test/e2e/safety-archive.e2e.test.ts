/** `--safety archive`: the volume as it was comes to this machine first, and can be put back with this very tool. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RecordedSafety } from '../../src/record/recorded-landing.ts';
import { type FiledBackup, fillVolume } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs, runPod, steady } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import { liveClaim } from '../support/live-claim.ts';
import { until } from '../support/namespace.ts';
import type { RunningPlugin } from '../support/plugin.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { volumeState } from '../support/volume-state.ts';
import { sha256 } from '../support/volume-tree.ts';

const asBefore = ['Deployment/web at 1', 'PersistentVolumeClaim/data'];

clusterTest(
  '--safety archive keeps all of the volume, and its command puts all of it back',
  async (scene) => {
    const { app, operator, shop } = scene;
    const claim = await liveClaim(scene, { sizeMebibytes: 16 });
    const at = (path: string) => join(claim.folder, path);
    writeFileSync(at('order'), 'one');
    const backup = await app.backUp(claim);
    await fillVolume(claim.folder);
    writeFileSync(at('order'), 'two');
    symlinkSync('/', at('to the root'));
    writeFileSync(at('lost+found/found'), 'by fsck');
    const before = volumeState(claim.folder);

    const restored = await operator.run(restoreArgs(scene, backup, '--safety', 'archive'));
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.equal(readFileSync(at('order'), 'utf8'), 'one');
    const copy = archiveIn(recordOf(restored.stdout).safety);
    const command = copy.restoreWith.split(' ').slice(2);
    const undone = await operator.run([...command, '--yes']);

    assert.equal(undone.exitCode, 0, undone.stderr);
    assert.deepEqual(volumeState(claim.folder), before);
    assert.deepEqual(await leftOn(shop), asBefore);
    const { mode, size } = statSync(copy.archive);
    assert.deepEqual(
      {
        folder: dirname(copy.archive),
        name: basename(copy.archive).replace(/^\d{8}T\d{6}Z/, 'TIME'),
        mode: mode & 0o777,
        sizeBytes: size,
        sha256: sha256(readFileSync(copy.archive)),
        files: readdirSync(dirname(copy.archive)),
      },
      {
        folder: join(operator.home, 'state', 'kubectl-nkvm', 'safety'),
        name: `TIME__${shop.name}__data.tar.gz`,
        mode: 0o600,
        sizeBytes: copy.sizeBytes,
        sha256: copy.sha256,
        files: [basename(copy.archive)],
      },
    );
  },
);

clusterTest('what no tar can hold of owners, times and sockets is counted', async (scene) => {
  const { app, operator } = scene;
  const claim = await liveClaim(scene, {});
  const backup = await app.backUp(claim);
  const [owned, old] = ['of a high owner', 'of 1960'].map((name) => join(claim.folder, name));
  for (const file of [owned, old]) writeFileSync(file ?? '', 'data');
  await run('chown', ['1000650000', owned ?? '']);
  await run('touch', ['-d', '@-300000000', old ?? '']);
  await run('python3', [
    '-c',
    'import socket,sys; socket.socket(1).bind(sys.argv[1])',
    join(claim.folder, 's'),
  ]);

  const restored = await operator.run(restoreArgs(scene, backup, '--safety', 'archive'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const { lostMetadata, lostSockets } = archiveIn(recordOf(restored.stdout).safety);
  assert.deepEqual([lostMetadata, lostSockets], [2, 1]);
  assert.match(restored.stderr, /the safety copy lacks 1 socket \(s\)/);
  assert.match(
    restored.stderr.replaceAll(/\s+/g, ' '),
    /the safety copy lacks 2 owner, mode or time values \(of (a high owner uid|1960 mtime): /,
  );
});

clusterTest('a connection that is cut begins the safety copy again', async (scene) => {
  const { t, operator, shop } = scene;
  const { backup, folder } = await bigScene(scene);
  const proxy = await startTcpProxy(t, await apiServer());
  const restore = await pulling(scene, { backup, folder, flags: ['--server', proxy.server] });

  proxy.cut();
  const { exitCode, stdout, stderr } = await restore.exited;

  assert.equal(exitCode, 0, stderr);
  assert.match(
    stderr,
    /connection lost: the connection to .*; try 1 of 10 in 0.5 s\s+the safety copy begins again/,
  );
  const copy = archiveIn(recordOf(stdout).safety);
  assert.equal(copy.sha256, sha256(readFileSync(copy.archive)));
  const validated = await operator.run(['validate', '--archive', copy.archive, '--checksum', copy.sha256]);
  assert.equal(validated.exitCode, 0, validated.stderr);
  assert.deepEqual([readdirSync(folder).length, await leftOn(shop)], [1, asBefore]);
});

clusterTest(
  'a signal in the safety copy gives the writers back, and leaves no half of a copy',
  async (scene) => {
    const { shop } = scene;
    const { claim, backup, folder } = await bigScene(scene);
    const before = volumeState(claim.folder);
    const restore = await pulling(scene, { backup, folder });

    restore.kill('SIGINT');
    const { exitCode, stdout, stderr } = await restore.exited;

    const { error, safety } = recordOf(stdout, stderr);
    assert.deepEqual(
      { exitCode, message: steady(shop, error?.message ?? ''), safety, files: readdirSync(folder) },
      {
        exitCode: 130,
        message: 'interrupted by SIGINT; nothing was written, the workload has its earlier state back',
        safety: undefined,
        files: [],
      },
    );
    assert.deepEqual(volumeState(claim.folder), before);
    assert.deepEqual(await leftOn(shop), asBefore);
  },
);

clusterTest('cleanup removes half of a copy that a killed run has left on this machine', async (scene) => {
  const { operator, shop } = scene;
  const { claim, backup, folder } = await bigScene(scene);
  const restore = await pulling(scene, { backup, folder });
  restore.kill('SIGKILL');
  await restore.exited;
  const [half = ''] = readdirSync(folder);

  const cleaned = await operator.run(['cleanup', '--force', '--resume', '-n', shop.name]);

  assert.equal(cleaned.exitCode, 0, cleaned.stderr);
  assert.match(cleaned.stderr, new RegExp(`half of the safety copy of run \\S+: ${folder}/${half}\n`));
  assert.deepEqual(steady(shop, cleaned.stdout).split('\n'), [
    'pod/nkvm-restore-RUN deleted',
    'deployment/web resumed to 1 replica',
    'file/nkvm-RUN.tar.gz.partial deleted',
    `lease/nkvm-${claim.uid} deleted`,
    '',
  ]);
  assert.deepEqual([readdirSync(folder), await leftOn(shop)], [[], asBefore]);
});

clusterTest('a second Ctrl-C names the half of a safety copy that cannot be removed', async (scene) => {
  const { shop } = scene;
  const { backup, folder } = await bigScene(scene);
  // Until it goes the run cannot end by itself.
  const overrides = JSON.stringify({ metadata: { finalizers: ['nkvm.dev/test'] } });
  const restore = await pulling(scene, { backup, folder, flags: ['--overrides', overrides] });
  const [half = ''] = readdirSync(folder).map((name) => join(folder, name));
  await run('mount', ['--bind', half, half]);
  try {
    restore.kill('SIGINT');
    await restore.until(`warning: ${half} cannot be removed: EBUSY`);

    restore.kill('SIGTERM');
    const { stderr } = await restore.exited;

    await shop.kubectl([
      'patch',
      await runPod(shop),
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    assert.equal(
      steady(shop, stderr.split('leaving at once; ')[1] ?? stderr).replace(folder, 'FOLDER'),
      'left on the cluster: pod/nkvm-restore-RUN, deployment/web at 0 (was 1)\n' +
        'half a safety copy: FOLDER/nkvm-RUN.tar.gz.partial\n' +
        'next: kubectl nkvm cleanup RUN --force --resume -n NS\n',
    );
  } finally {
    await run('umount', [half]);
  }
});

clusterTest('[safety-failed] a local disk that fills up changes nothing on the volume', async (scene) => {
  const { shop } = scene;
  const { claim, backup, folder } = await bigScene(scene);
  const before = volumeState(claim.folder);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'nkvm-test', folder]);
  try {
    const failed = await failedRestore(scene, backup, ['--safety', `archive=${folder}`]);

    assert.deepEqual(
      { ...failed, message: failed.message.replaceAll(folder, 'FOLDER') },
      {
        exitCode: 14,
        code: 'safety-failed',
        step: 4,
        message: 'FOLDER/nkvm-RUN.tar.gz.partial cannot be written: ENOSPC: no space left on device, write',
        next: [],
      },
    );
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    await run('umount', [folder]);
  }
  assert.deepEqual(volumeState(claim.folder), before);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('[safety-failed] a volume that no archive can hold is not written to', async (scene) => {
  const { app, operator, shop } = scene;
  const claim = await liveClaim(scene, {});
  const backup = await app.backUp(claim);
  await run('mknod', [join(claim.folder, 'device'), 'c', '1', '3']);
  const folder = join(operator.home, 'copies');

  const failed = await failedRestore(scene, backup, ['--safety', `archive=${folder}`]);

  const { message } = failed;
  assert.match(message, /^the safety copy is unsafe: member \d+ \(device\) is a character device/);
  assert.deepEqual(failed, { exitCode: 14, code: 'safety-failed', step: 4, message, next: [] });
  assert.deepEqual([readdirSync(folder), await leftOn(shop)], [[], asBefore]);
});

clusterTest('[safety-impossible] a folder that cannot be there is refused before step 2', async (scene) => {
  const { app, operator, shop } = scene;
  const claim = await liveClaim(scene, {});
  const backup = await app.backUp(claim);
  const file = join(operator.home, 'file');
  writeFileSync(file, '');

  const failed = await failedRestore(scene, backup, ['--safety', `archive=${file}/copies`]);

  assert.deepEqual(
    { ...failed, message: failed.message.replaceAll(file, 'FILE') },
    {
      exitCode: 12,
      code: 'safety-impossible',
      step: 2,
      message: 'the safety copy cannot be written to FILE/copies: FILE is not a folder',
      next: [],
    },
  );
  assert.deepEqual([operator.records(), await leftOn(shop)], [[], asBefore]);
});

clusterTest(
  '[safety-impossible] a folder in which no file can be made is refused before step 2, at once',
  async (scene) => {
    const { app, operator, shop } = scene;
    const claim = await liveClaim(scene, {});
    const backup = await app.backUp(claim);
    const link = join(operator.home, 'link');
    symlinkSync(join(operator.home, 'gone', 'folder'), link);
    const found: unknown[] = [];

    for (const folder of ['/proc/copies', link]) {
      const { exitCode, code, step, message } = await failedRestore(scene, backup, [
        '--safety',
        `archive=${folder}`,
      ]);
      found.push([exitCode, code, step, message.replaceAll(link, 'LINK')]);
    }

    const refused = [12, 'safety-impossible', 2];
    const words = 'the safety copy cannot be written to';
    assert.deepEqual(found, [
      [...refused, `${words} /proc/copies: ENOENT: no such file or directory, mkdir '/proc/copies'`],
      [...refused, `${words} LINK: ENOENT: no such file or directory, stat 'LINK'`],
    ]);
    assert.deepEqual(await leftOn(shop), asBefore);
  },
);

function archiveIn(safety: RecordedSafety | undefined) {
  assert.equal(safety?.kind, 'archive');
  return safety as Extract<RecordedSafety, { kind: 'archive' }>;
}

interface Pull {
  readonly backup: FiledBackup;
  readonly folder: string;
  readonly flags?: readonly string[];
}

/** A restore in the middle of its safety copy. */
async function pulling(scene: Scene, { backup, folder, flags = [] }: Pull): Promise<RunningPlugin> {
  const args = restoreArgs(scene, backup, '--safety', `archive=${folder}`, ...flags);
  const restore = scene.operator.start(args);
  await Promise.race([until(async () => partialBytes(folder) > 2 ** 20), restore.exited]);
  return restore;
}

/** Bytes of what is being pulled into a folder. */
function partialBytes(folder: string): number {
  const partial = readdirSync(folder).find((name) => name.endsWith('.partial'));
  return partial === undefined ? 0 : statSync(join(folder, partial)).size;
}

/** A volume that takes a while to pull, a small backup of it, and a folder for the copy. */
async function bigScene(scene: Scene) {
  const claim = await liveClaim(scene, {});
  const backup = await scene.app.backUp(claim);
  const content = randomBytes(2 ** 20);
  for (let index = 0; index < 48; index++) writeFileSync(join(claim.folder, `big-${index}`), content);
  const folder = join(tempFolder(scene.t), 'copies');
  mkdirSync(folder);
  return { claim, backup, folder };
}
