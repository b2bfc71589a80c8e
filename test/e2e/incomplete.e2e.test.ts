/** `--accept-incomplete`: what can be read of a damaged archive goes into another claim than the one backed up. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf, leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import type { TestClaim } from '../support/namespace.ts';
import { Operator } from '../support/plugin.ts';
import { tarHeader, tarOf } from '../support/tar-builder.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const members = [
  { name: './first', content: 'one' },
  { name: './second', content: 'two' },
  { name: './third', content: 'x'.repeat(2000) },
];
const whole = tarOf(...members);
/** `./`, first, second, and the beginning of the third. */
const cut = whole.subarray(0, 5 * 512 + 512 + 700);

for (const { what, bytes, incomplete, words } of [
  {
    what: 'cut inside a member, in gzip data that is whole',
    bytes: gzipSync(cut),
    incomplete: {
      result: 'truncated',
      reason: 'the tar stream ends inside member 4 (third)',
      member: { number: 4, name: 'third' },
      offset: cut.length,
      membersRestored: 3,
    },
    words: '3 whole members restored, the rest is lost',
  },
  {
    what: 'whose third header is damaged',
    bytes: gzipSync(Buffer.from(whole).fill(0xff, 5 * 512 + 2, 5 * 512 + 9)),
    incomplete: {
      result: 'corrupt',
      reason: 'no valid tar header follows member 3 (second)',
      member: { number: 3, name: 'second' },
      offset: 5 * 512,
      membersRestored: 3,
      doubt: 'damaged-data',
    },
    words:
      '3 members restored, the rest is lost; the data is damaged: any of these members may hold wrong bytes',
  },
]) {
  clusterTest(`an archive ${what} gives its whole members to another claim`, async (scene) => {
    const { shop, operator } = scene;
    const { backup, copy } = await damaged(scene, bytes);
    await shop.apply(deployment('copy', { claims: ['copy'], replicas: 2 }));
    await shop.rolledOut('deployment/copy');
    const flags = ['--accept-incomplete', '--target', `${shop.name}/copy`];

    const rescued = await operator.run(restoreArgs(scene, backup, ...flags));

    assert.equal(rescued.exitCode, 11, rescued.stderr);
    const { outcome, error, incomplete: found, verification, workloads } = recordOf(rescued.stdout);
    assert.deepEqual(
      {
        outcome,
        error,
        incomplete: found,
        verification: verification.outcome,
        compared: verification.members,
      },
      { outcome: 'restored', error: undefined, incomplete, verification: 'identical', compared: 3 },
    );
    assert.deepEqual(workloads, [{ kind: 'Deployment', name: 'copy', replicasBefore: 2, replicasAfter: 2 }]);
    assert.deepEqual(Object.keys(volumeState(copy.folder, ['copy.log'])), ['.', 'first', 'second']);
    assert.equal(readFileSync(join(copy.folder, 'second'), 'utf8'), 'two');
    assert.match(rescued.stderr, new RegExp(`WARNING   the archive is ${incomplete.result}: `));
    assert.ok(rescued.stderr.includes(`incomplete: ${words}\n`), rescued.stderr);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/copy at 2',
      'PersistentVolumeClaim/copy',
      'PersistentVolumeClaim/data',
    ]);
  });
}

clusterTest(
  'a damaged archive that was held is none of a backup when it is gone on with either',
  async (scene) => {
    const { shop, operator } = scene;
    const { backup } = await damaged(scene, gzipSync(cut));
    await shop.apply(deployment('copy', { claims: ['copy'] }));
    await shop.rolledOut('deployment/copy');
    const flags = ['--accept-incomplete', '--target', `${shop.name}/copy`, '--hold'];
    const held = await operator.run(restoreArgs(scene, backup, ...flags));
    const { run } = recordOf(held.stdout, held.stderr);

    const continued = await new Operator(scene.t).run([
      'restore',
      '--continue',
      run,
      '-n',
      shop.name,
      '--yes',
    ]);

    assert.deepEqual([held.exitCode, continued.exitCode], [11, 11], continued.stderr);
    assert.deepEqual(continued.stdout.split('\n').slice(1), [
      'deployment/copy resumed to 1 replica',
      'incomplete: the archive is truncated: the tar stream ends inside member 4 (third)',
      'incomplete: 3 whole members restored, the rest is lost',
      'what could be read is verified; no application check was given',
      '',
    ]);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/copy at 1',
      'PersistentVolumeClaim/copy',
      'PersistentVolumeClaim/data',
    ]);
  },
);

clusterTest(
  'an archive that is another one than was filed is restored whole, and not vouched for',
  async (scene) => {
    const { shop, operator } = scene;
    const { backup, copy } = await damaged(scene, gzipSync(whole));
    writeFileSync(backup.path, gzipSync(tarOf({ name: './other', content: 'other' })));
    const flags = ['--accept-incomplete', '--target', `${shop.name}/copy`];

    const rescued = await operator.run(restoreArgs(scene, backup, ...flags));

    assert.equal(rescued.exitCode, 11, rescued.stderr);
    const { archive, incomplete } = recordOf(rescued.stdout);
    assert.deepEqual(
      [archive.vouched, incomplete],
      [
        false,
        {
          result: 'checksum-mismatch',
          reason: 'the archive is not the one that was filed',
          membersRestored: 2,
          isWhole: true,
          doubt: 'filed-checksum',
        },
      ],
    );
    assert.deepEqual(Object.keys(volumeState(copy.folder)), ['.', 'other']);
  },
);

clusterTest(
  'an archive whose gzip checksum fails is restored, and no member of it is called whole',
  async (scene) => {
    const { shop, operator } = scene;
    const bytes = gzipSync(whole);
    bytes.writeUInt32LE((bytes.readUInt32LE(bytes.length - 8) ^ 1) >>> 0, bytes.length - 8);
    const { backup, copy } = await damaged(scene, bytes);
    const { path } = backup;
    const target = `${shop.name}/copy`;
    const flags = ['--no-checksum', '--accept-incomplete', '--target', target, '--helper-image', 'x'];

    const rescued = await operator.run(restoreArgs(scene, backup, '--accept-incomplete', '--target', target));
    const plan = await operator.run(['restore', '--archive', path, '--dry-run', ...flags]);

    const words = 'the gzip checksum fails: any of these members may hold wrong bytes';
    assert.deepEqual([rescued.exitCode, recordOf(rescued.stdout).incomplete?.doubt], [11, 'gzip-checksum']);
    assert.ok(rescued.stderr.includes(`incomplete: 4 members restored, none is missing; ${words}\n`));
    assert.doesNotMatch(rescued.stderr, /whole member|is lost|data verified/);
    assert.ok(
      plan.stdout.includes(
        `          4 members can be read and will be restored, none is missing; ${words}; exit status 11\n`,
      ),
      plan.stdout + plan.stderr,
    );
    assert.deepEqual(Object.keys(volumeState(copy.folder)), ['.', 'first', 'second', 'third']);
  },
);

clusterTest('a part of what can be read of a damaged archive is restored', async (scene) => {
  const { shop, operator } = scene;
  const links = tarOf(
    { name: './cold/first', content: 'content' },
    { name: './hot/second', typeFlag: '1', linkTarget: './cold/first' },
    { name: './hot/third', content: 'x'.repeat(2000) },
  );
  const { backup, copy } = await damaged(scene, gzipSync(links.subarray(0, 4 * 512 + 512 + 700)));
  const flags = ['--accept-incomplete', '--target', `${shop.name}/copy`, '--include', '/hot'];

  const rescued = await operator.run(restoreArgs(scene, backup, ...flags));

  assert.equal(rescued.exitCode, 11, rescued.stderr);
  assert.deepEqual(Object.keys(volumeState(copy.folder)), ['.', 'hot', 'hot/second']);
  assert.equal(readFileSync(join(copy.folder, 'hot/second'), 'utf8'), 'content');
  const { incomplete, selection, verification } = recordOf(rescued.stdout);
  assert.deepEqual(
    [incomplete?.membersRestored, selection?.leftOutMembers, verification.outcome],
    [2, 1, 'identical'],
  );
});

clusterTest('an archive that is complete is restored as ever', async (scene) => {
  const { shop, operator } = scene;
  const { backup, copy } = await damaged(scene, gzipSync(whole));
  const flags = ['--accept-incomplete', '--target', `${shop.name}/copy`];

  const restored = await operator.run(restoreArgs(scene, backup, ...flags));

  assert.deepEqual([restored.exitCode, recordOf(restored.stdout).incomplete], [0, undefined]);
  assert.deepEqual(Object.keys(volumeState(copy.folder)), ['.', 'first', 'second', 'third']);
});

clusterTest('a damaged archive is never written over the claim that was backed up', async (scene) => {
  const { shop, app, operator } = scene;
  const { claim, backup } = await damaged(scene, gzipSync(cut));
  writeFileSync(join(claim.folder, 'live'), 'data');
  const before = volumeState(claim.folder);
  // A row of another name, as after a claim was renamed: only the UID tells.
  const renamed = await app.file({ ...claim, name: 'older-name' }, backup.path);
  const args = (one: FiledBackup) =>
    restoreArgs(scene, one, '--accept-incomplete', '--target', `${shop.name}/data`);

  const byName = await operator.run(args(backup));
  const byUid = await operator.run(args(renamed));

  assert.equal(byName.exitCode, 2);
  assert.match(
    steady(shop, byName.stderr).replaceAll(/\s+/g, ' '),
    /--accept-incomplete writes into another claim than the one backed up, and NS\/data is that one/,
  );
  const { exitCode, code, message } = failureOf(scene, byUid);
  assert.deepEqual([exitCode, code], [12, 'claim-unusable']);
  assert.match(message, /is the claim that was backed up \(UID /);
  assert.deepEqual(volumeState(claim.folder), before);
});

clusterTest('what else is wrong with an archive is not accepted', async (scene) => {
  const { shop, operator } = scene;
  const unsafe = tarOf({ name: '../outside', content: 'x' }, ...members).subarray(0, 5 * 512);
  const archives = {
    unsafe: gzipSync(unsafe),
    'not-gzip': Buffer.from('no gzip'),
    empty: Buffer.of(),
    nothing: gzipSync(tarHeader({ name: './a', sizeBytes: 9 })),
  };
  const found: unknown[] = [];
  for (const [what, bytes] of Object.entries(archives)) {
    const { backup, copy } = await damaged(scene, bytes, `-${what}`);
    const flags = ['--accept-incomplete', '--target', `${shop.name}/${copy.name}`];
    const { exitCode, code } = failureOf(scene, await operator.run(restoreArgs(scene, backup, ...flags)));
    found.push([exitCode, code, Object.keys(volumeState(copy.folder))]);
  }
  assert.deepEqual(found, [
    [11, 'archive-unsafe', ['.']],
    [11, 'archive-not-gzip', ['.']],
    [11, 'archive-empty', ['.']],
    [11, 'archive-truncated', ['.']],
  ]);
});

clusterTest('the last resort is named where an archive is damaged', async (scene) => {
  const { shop, app, operator } = scene;
  const { backup } = await damaged(scene, gzipSync(cut));

  const restored = await operator.run(restoreArgs(scene, backup));
  const validated = await operator.run(['validate', `backup/${backup.id}`, '--catalog', app.catalog]);

  assert.deepEqual([restored.exitCode, validated.exitCode], [11, 11]);
  assert.match(restored.stderr, /--accept-incomplete --target\s+NS\/PVC/);
  assert.match(
    steady(shop, validated.stderr),
    /last resort, .*: kubectl nkvm restore backup\/1 --catalog \S+ --accept-incomplete --target NS\/PVC\n/,
  );
});

interface Damaged {
  readonly claim: TestClaim;
  readonly copy: TestClaim;
  readonly backup: FiledBackup;
}

async function damaged({ shop, app }: Scene, bytes: Buffer, suffix = ''): Promise<Damaged> {
  const [claim, copy] = [await shop.claim(`data${suffix}`), await shop.claim(`copy${suffix}`)];
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, bytes);
  return { claim, copy, backup: await app.file(claim, made) };
}
