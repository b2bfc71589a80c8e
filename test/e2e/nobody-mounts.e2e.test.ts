/** A claim that no workload mounts: nothing is stopped, resumed or held, and nothing is promised of it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, nextOfHalfWritten, steady } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';

clusterTest(
  'a plan for a claim that nobody mounts promises no rollout, and shows what was typed',
  async (scene) => {
    const { operator, shop } = scene;
    const { path, args } = await lonely(scene);

    const { exitCode, stdout } = await operator.run([
      ...args,
      '--exclude',
      'a\u202e\\n',
      '--hold',
      '--dry-run',
    ]);

    const lines = stdout.split('\n').map((line) => steady(shop, line).replace(steady(shop, path), 'ARCHIVE'));
    const shown = lines.filter((line) => /^(Archive|Selection|--hold| {2}[256] {2})/.test(line));
    assert.deepEqual(
      { exitCode, shown },
      {
        exitCode: 0,
        shown: [
          'Archive   ARCHIVE (1.0Mi; named by its path)',
          "Selection --exclude 'a\\u202e\\n'",
          '  2  nobody mounts the claim: nothing to stop, and nothing to resume in 5.3 and 5.4',
          '  5  compare every member with the volume; no application check was given',
          '  6  delete the restore pod',
          '--hold: nobody mounts the claim, so there is nothing to hold and nothing to continue',
        ],
      },
    );
  },
);

clusterTest(
  '--hold of a claim that nobody mounts names nothing to continue, and -q shows no plan',
  async (scene) => {
    const { operator } = scene;
    const { path, args } = await lonely(scene);

    const held = await operator.run([...args, '--hold', '--yes', '-q']);

    const stdout = `persistentvolumeclaim/data restored from ${path}\ndata verified; no application check was given\n`;
    assert.deepEqual(held, { exitCode: 0, stdout, stderr: '' });
  },
);

clusterTest(
  'a claim left half-written that nobody mounts is named, with the restore that mends it',
  async (scene) => {
    const { app, operator, shop } = scene;
    const claim = await shop.claim('data', { sizeMebibytes: 16 });
    const backup = await app.fileBig(claim, { mebibytes: 1 });
    const precious = join(claim.folder, 'big-0');
    writeFileSync(precious, 'as it was');
    await run('chattr', ['+i', precious]);
    const failed = await failedRestore(scene, backup);
    await run('chattr', ['-i', precious]);

    const [again] = nextOfHalfWritten(1);
    const [record] = operator.records();
    assert.deepEqual(
      { code: failed.code, next: failed.next, leftBehind: record?.leftBehind },
      {
        code: 'extract-failed',
        next: [again],
        leftBehind: ['annotation nkvm.dev/half-written-since on persistentvolumeclaim/data'],
      },
    );
  },
);

async function lonely({ app, shop }: Scene): Promise<{ path: string; args: readonly string[] }> {
  const claim = await shop.claim('data');
  const { path } = await app.fileBig(claim, { mebibytes: 1 });
  return {
    path,
    args: ['restore', '--archive', path, '--no-checksum', '--target', `${shop.name}/data`],
  };
}
