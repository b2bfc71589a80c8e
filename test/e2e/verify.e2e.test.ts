import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Difference } from '../../src/domain/difference.ts';
import { fillVolume } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const second = 1_600_000_000;

clusterTest('an untouched volume is the same, even --exact, and stays as it is', async (scene) => {
  const { claim, verify } = await backedUp(scene);
  const before = volumeState(claim.folder);

  const verified = await verify('--exact');

  assert.deepEqual(
    [verified.exitCode, verified.stdout],
    [
      0,
      'persistentvolumeclaim/orders-data is identical to backup/1: 42 members compared, 0 differences, 0 files that the archive does not have\n',
    ],
  );
  assert.deepEqual(volumeState(claim.folder), before);
});

clusterTest('each kind of difference is found, by its path and both values', async (scene) => {
  const { claim, verify } = await backedUp(scene);
  const at = (path: string) => join(claim.folder, path);
  appendFileSync(at('shared/of-nobody'), '!');
  writeFileSync(at('shared/of-www-data'), 'mIne');
  chmodSync(at('setuid'), 0o755);
  chownSync(at('sticky'), 7, 0);
  chownSync(at('empty'), 0, 8);
  rmSync(at('none'));
  rmSync(at('long-link'));
  mkdirSync(at('long-link'));
  rmSync(at('dangling'));
  symlinkSync('elsewhere', at('dangling'));
  lchownSync(at('dangling'), 33, 65534);
  for (const path of ['shared/of-nobody', 'shared/of-www-data', 'shared', 'dangling'])
    lutimesSync(at(path), second, second);
  utimesSync(at('larger.bin'), second + 1, second + 1);
  utimesSync(at('.'), 946_684_799, 946_684_799);

  const verified = await verify('-o', 'json');

  assert.equal(verified.exitCode, 15);
  const { differences, differenceCount, outcome, extra } = JSON.parse(verified.stdout);
  const contents = [
    '3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff',
    '675ea90555c2e7bd2f563221cfe67f2db7b85631f01dfd0cf7551a0a34326a1c',
  ];
  assert.deepEqual(differences, [
    { path: 'dangling', kind: 'link-target', expected: 'nowhere', found: 'elsewhere' },
    { path: 'empty', kind: 'gid', expected: '0', found: '8' },
    { path: 'larger.bin', kind: 'mtime', expected: '2020-09-13T12:26:40Z', found: '2020-09-13T12:26:41Z' },
    { path: 'long-link', kind: 'type', expected: 'symlink', found: 'directory' },
    { path: 'none', kind: 'missing', expected: 'file' },
    { path: 'setuid', kind: 'mode', expected: '4755', found: '0755' },
    { path: 'shared/of-nobody', kind: 'size', expected: '6', found: '7' },
    { path: 'shared/of-www-data', kind: 'content', expected: contents[0], found: contents[1] },
    { path: 'sticky', kind: 'uid', expected: '0', found: '7' },
  ]);
  assert.deepEqual([differenceCount, outcome, extra], [9, 'different', []]);
});

clusterTest(
  'what an archive has in lost+found is compared, what it has not is no difference',
  async (scene) => {
    const { shop, app, operator } = scene;
    const claim = await shop.claim('data');
    const at = (path: string) => join(claim.folder, path);
    mkdirSync(at('lost+found'));
    writeFileSync(at('lost+found/filed'), 'as it was');
    const backup = await app.backUp(claim);
    writeFileSync(at('lost+found/filed'), 'otherwise');
    writeFileSync(at('lost+found/later'), 'by fsck');
    for (const path of ['lost+found/filed', 'lost+found']) utimesSync(at(path), second, second);
    const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog, '-n', shop.name, '-o', 'json'];

    const verified = await operator.run([...args, '--exact']);

    assert.equal(verified.exitCode, 15, verified.stderr);
    const { members, differences, extra } = JSON.parse(verified.stdout);
    assert.deepEqual(
      [members, differences.map(({ path, kind }: Difference) => `${path} ${kind}`), extra],
      [3, ['lost+found mtime', 'lost+found/filed content', 'lost+found/filed mtime'], []],
    );
  },
);

clusterTest('--quick reads no content', async (scene) => {
  const { claim, verify } = await backedUp(scene);
  const file = join(claim.folder, 'shared/of-www-data');
  writeFileSync(file, 'mIne');
  utimesSync(file, second, second);

  const [quick, whole] = [await verify('--quick'), await verify()];

  assert.deepEqual([quick.exitCode, whole.exitCode], [0, 15]);
});

clusterTest('files that the archive does not have count with --exact only', async (scene) => {
  const { claim, verify } = await backedUp(scene);
  writeFileSync(join(claim.folder, 'empty', 'younger'), '');
  utimesSync(join(claim.folder, 'empty'), second, second);

  const [usual, exact] = [await verify('-o', 'json'), await verify('--exact', '-o', 'json')];

  assert.deepEqual([usual.exitCode, exact.exitCode], [0, 15]);
  for (const { stdout } of [usual, exact]) assert.deepEqual(JSON.parse(stdout).extra, ['empty/younger']);
  const counts = [usual, exact].map(({ stdout }) => JSON.parse(stdout).differenceCount);
  assert.deepEqual(counts, [0, 1]);
});

clusterTest('a table of differences has one row each, without spaces in a column', async (scene) => {
  const { claim, verify } = await backedUp(scene);
  chmodSync(join(claim.folder, 'setuid'), 0o755);
  writeFileSync(join(claim.folder, 'a folder', 'younger one'), '');
  utimesSync(join(claim.folder, 'a folder'), second, second);

  const { stdout } = await verify('--show-differences', '5');

  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(rows.slice(0, 3), [
    ['DIFFERENCE', 'ARCHIVE', 'VOLUME', 'PATH'],
    ['mode', '4755', '0755', 'setuid'],
    ['extra-stays', '-', 'file', 'a\\x20folder/younger\\x20one'],
  ]);
});

clusterTest('a volume is verified beside the workload that runs on it', async (scene) => {
  const { shop, verify } = await backedUp(scene);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
  await shop.rolledOut('deployment/orders');
  const before = await wholeObjects(shop);

  const verified = await verify('-o', 'json');

  // The workload made its log in the volume's root.
  const { differences, extra } = JSON.parse(verified.stdout);
  assert.deepEqual(
    [
      verified.exitCode,
      differences.map(({ path, kind }: Record<string, string>) => `${path} ${kind}`),
      extra,
    ],
    [15, ['. mtime'], ['orders.log']],
  );
  assert.deepEqual(await wholeObjects(shop), before);
});

clusterTest('a ReadWriteOncePod claim in use cannot be verified, and verify says so', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data', { accessMode: 'ReadWriteOncePod' });
  await app.backUp(claim);
  await shop.apply(deployment('orders', { claims: ['orders-data'] }));
  await shop.rolledOut('deployment/orders');

  const refused = await operator.run(['verify', 'orders-data', '-n', shop.name], { cwd: app.folder });

  assert.equal(refused.exitCode, 13);
  assert.match(refused.stderr, /orders-data is ReadWriteOncePod and pod\/orders-\S+ has it/);
});

/** A volume with a backup, and `verify` of the two. */
async function backedUp(scene: Scene) {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  await fillVolume(claim.folder);
  await app.backUp(claim);
  const verify = (...flags: readonly string[]) =>
    operator.run(['verify', 'orders-data', '-n', shop.name, ...flags], { cwd: app.folder });
  return { ...scene, claim, verify };
}
