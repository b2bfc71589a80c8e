/** `--include` and `--exclude` on a real volume: what lands, what stays, what is said. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fillVolume } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import type { TestClaim } from '../support/namespace.ts';
import { type TarMember, tarOf } from '../support/tar-builder.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('an include restores that and the folders above it, and nothing else', async (scene) => {
  const { shop, app, operator } = scene;
  const [from, to] = [await shop.claim('data'), await shop.claim('copy')];
  await fillVolume(from.folder);
  const backedUp = volumeState(from.folder);
  const backup = await app.backUp(from);
  writeFileSync(join(to.folder, 'plain.txt'), 'of the copy');
  const before = volumeState(to.folder);
  const target = ['--target', `${shop.name}/copy`];
  const chosen = [
    '--include',
    '/deep',
    '--include',
    'private',
    '--include',
    'bytes-??',
    '--exclude',
    'bottom',
  ];

  const restored = await operator.run(restoreArgs(scene, backup, ...target, ...chosen));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const isChosen = (path: string) =>
    /^(deep|private|bytes-)/.test(path) && !path.endsWith('/bottom') ? true : path === '.';
  const expected = Object.entries(backedUp).filter(([path]) => isChosen(path));
  assert.deepEqual(volumeState(to.folder), {
    ...Object.fromEntries(expected),
    'plain.txt': before['plain.txt'],
  });
  const { selection, verification } = recordOf(restored.stdout);
  assert.deepEqual(
    [selection?.include, selection?.exclude, selection?.members, verification.outcome, verification.members],
    [['/deep', 'private', 'bytes-??'], ['bottom'], expected.length, 'identical', expected.length],
  );
});

clusterTest('a hard link whose first name is left out is restored as a file', async (scene) => {
  const { shop, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await fileTar(scene, claim, [
    { name: './cold/first', content: 'content' },
    { name: './hot/second', typeFlag: '1', linkTarget: './cold/first' },
    { name: './hot/third', typeFlag: '1', linkTarget: './cold/first' },
  ]);

  const restored = await operator.run(restoreArgs(scene, backup, '--exclude', '/cold'));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const { hot: _hot, '.': _root, ...files } = volumeState(claim.folder);
  const second = String(files['hot/second']);
  assert.match(second, /^file 0644 0:0 @1700000000 7 [0-9a-f]{64} names=2$/);
  assert.deepEqual(files, { 'hot/second': second, 'hot/third': second });
});

clusterTest('an archive that was appended to is restored as GNU tar would', async (scene) => {
  const { shop, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await fileTar(scene, claim, [
    { name: './log', content: 'first' },
    { name: './kept', typeFlag: '1', linkTarget: './log' },
    { name: './link', typeFlag: '2', linkTarget: '/old' },
    { name: './log', content: 'later' },
    { name: './link', typeFlag: '2', linkTarget: 'new' },
    { name: './also', typeFlag: '1', linkTarget: './log' },
  ]);

  const restored = await operator.run(restoreArgs(scene, backup));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(
    ['kept', 'log', 'also'].map((name) => readFileSync(join(claim.folder, name), 'utf8')),
    ['first', 'later', 'later'],
  );
  assert.equal(readlinkSync(join(claim.folder, 'link')), 'new');
  assert.equal(recordOf(restored.stdout).transfer?.wire, 'tar');
});

clusterTest('an unsafe member that is left out is counted, and the rest is restored', async (scene) => {
  const { shop, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await fileTar(scene, claim, [
    { name: '../outside', content: 'evil' },
    { name: './device', typeFlag: '3' },
    { name: './good', content: 'good' },
  ]);
  const refused = await failedRestore(scene, backup);
  const excluded = ['--exclude', 'outside', '--exclude', '/device', '--exclude', '*.none'];

  const restored = await operator.run(restoreArgs(scene, backup, ...excluded));

  assert.deepEqual([refused.exitCode, refused.code], [11, 'archive-unsafe']);
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(Object.keys(volumeState(claim.folder)), ['.', 'good']);
  assert.match(restored.stderr, /2 of 4 members, 4B of content; 2 left out, 2 of them unsafe to extract/);
  assert.match(restored.stderr, /the pattern '\*\.none' matches no member of the archive/);
  assert.deepEqual(recordOf(restored.stdout).selection, {
    include: [],
    exclude: ['outside', '/device', '*.none'],
    members: 2,
    contentBytes: 4,
    leftOutMembers: 2,
    leftOutUnsafe: 2,
    unmatchedPatterns: ['*.none'],
  });
});

clusterTest('[selection-empty] an include that selects nothing changes nothing', async (scene) => {
  const { shop } = scene;
  const claim = await shop.claim('data');
  const backup = await fileTar(scene, claim, [{ name: './a', content: 'a' }]);
  await shop.apply(deployment('web', { claims: ['data'] }));
  await shop.rolledOut('deployment/web');

  const failed = await failedRestore(scene, backup, ['--include', '/b', '--exclude', 'x']);

  assert.deepEqual(failed, {
    exitCode: 11,
    code: 'selection-empty',
    step: 1,
    message:
      '--include /b --exclude x leaves none of the 2 members of APP/backups/20260101T120000Z__NS__data.tar.gz',
    next: [],
  });
  assert.deepEqual(await leftOn(shop), ['Deployment/web at 1', 'PersistentVolumeClaim/data']);
});

clusterTest('a part of a backup does not make a half-written claim whole', async (scene) => {
  const { shop } = scene;
  const claim = await shop.claim('data');
  const backup = await fileTar(scene, claim, [
    { name: './a', content: 'a' },
    { name: './b', content: 'b' },
  ]);
  await shop.apply(deployment('web', { claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  const since = 'nkvm.dev/half-written-since=2026-01-02T03:04:05Z';
  await shop.kubectl(['annotate', 'pvc', 'data', since, 'nkvm.dev/half-written-by=earlier']);

  const failed = await failedRestore(scene, backup, ['--include', 'a']);

  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'claim-half-written',
    step: 2,
    message: 'data is half-written since TIME by run earlier, and a part of a backup does not make it whole',
    next: [],
  });
});

clusterTest(
  'a merge of another backup does not make a half-written claim whole; a wipe does',
  async (scene) => {
    const { shop, operator } = scene;
    const claim = await shop.claim('data');
    const backup = await fileTar(scene, claim, [{ name: './a', content: 'a' }]);
    const since = 'nkvm.dev/half-written-since=2026-01-02T03:04:05Z';
    const other = `nkvm.dev/half-written-archive=${'0'.repeat(64)}`;
    await shop.kubectl(['annotate', 'pvc', 'data', since, other, 'nkvm.dev/half-written-by=earlier']);
    writeFileSync(join(claim.folder, 'cut'), 'of the other');

    const failed = await failedRestore(scene, backup, []);
    const wipe = ['--wipe', '--approve-wipe', `${shop.name}/data`, '--safety', 'none'];
    const wiped = await operator.run(restoreArgs(scene, backup, ...wipe));

    assert.deepEqual(failed, {
      exitCode: 12,
      code: 'claim-half-written',
      step: 2,
      message:
        'data is half-written since TIME by run earlier, and that was another backup: what only that one has would stay, cut off as it may be; restore that one again, or this one with --wipe',
      next: [],
    });
    assert.equal(wiped.exitCode, 0, wiped.stderr);
    assert.deepEqual(readdirSync(claim.folder), ['a']);
    const marks = Object.keys((await shop.get('pvc/data')).metadata.annotations ?? {});
    assert.deepEqual(
      marks.filter((name) => name.startsWith('nkvm.dev/')),
      [],
    );
  },
);

clusterTest('a part that was cut is made whole by the same part', async (scene) => {
  const { t, shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.fileBig(claim, { mebibytes: 16, files: 4 });
  const proxy = await startTcpProxy(t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const part = ['--exclude', 'big-3'];
  const cut = operator.start(restoreArgs(scene, backup, ...part, '--server', proxy.server, '--retries', '0'));
  await Promise.race([proxy.held, cut.exited]);
  proxy.cut();
  const { exitCode } = await cut.exited;
  const marked = Object.keys((await shop.get('pvc/data')).metadata.annotations ?? {});

  const other = await operator.run(restoreArgs(scene, backup, '--exclude', 'big-2'));
  const same = await operator.run(restoreArgs(scene, backup, ...part));

  assert.deepEqual([exitCode, other.exitCode, same.exitCode], [14, 12, 0], same.stderr);
  assert.equal(marked.includes('nkvm.dev/half-written-part'), true);
  assert.deepEqual(await leftOn(shop), ['PersistentVolumeClaim/data']);
});

clusterTest('a pax archive is restored by a busybox image, whole or in part', async (scene) => {
  const { shop, app, operator } = scene;
  const [from, to] = [await shop.claim('data'), await shop.claim('copy')];
  const long = join('folder-'.repeat(30), 'name-'.repeat(40));
  mkdirSync(join(from.folder, 'folder-'.repeat(30)));
  for (const name of ['größe', long]) writeFileSync(join(from.folder, name), name);
  await run('chown', ['3000000:4000000', join(from.folder, long)]);
  await run('find', [from.folder, '-depth', '-exec', 'touch', '-h', '-d', '@1600000000', '{}', '+']);
  const made = join(app.folder, 'made.tar.gz');
  await run('tar', ['--format=pax', '-czf', made, '-C', from.folder, '.']);
  const backup = await app.file(from, made);

  const restored = await operator.run(restoreArgs(scene, backup, '--target', `${shop.name}/copy`));

  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(volumeState(to.folder), volumeState(from.folder));
});

async function fileTar({ app }: Scene, claim: TestClaim, members: readonly TarMember[]) {
  const made = join(app.folder, 'made.tar.gz');
  writeFileSync(made, gzipSync(tarOf(...members)));
  return app.file(claim, made);
}
