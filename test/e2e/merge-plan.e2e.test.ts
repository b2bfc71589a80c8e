/** What the merge will do, said before it is approved where a running pod can tell, else before the first byte. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import type { TestClaim } from '../support/namespace.ts';
import { ctrlC, startInTerminal } from '../support/terminal.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment, type WorkloadOptions } from '../support/workloads.ts';

const counts = { created: 1, overwritten: 2, overwrittenNewer: 1, extraFiles: 2 };
const said = '1 to be created, 2 to be overwritten (1 newer than the backup), 2 extra files stay';
/** Mounts the claim and writes nothing. */
const idle: WorkloadOptions = { claims: ['data'], container: { command: ['sleep', '3600'] } };
/** An image with nothing but its own program, as distroless ones are. */
const distroless: WorkloadOptions = {
  claims: ['data'],
  container: { image: 'nkvm.local/pause:1', command: ['/pause'] },
};

clusterTest('the plan of a dry run has the counts and the files that a running pod sees', async (scene) => {
  const { shop, app, operator } = scene;
  const { claim, backup } = await merged(scene, idle);
  const before = volumeState(claim.folder);
  const dryRun = (...flags: readonly string[]) =>
    operator.run(['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--dry-run', ...flags]);

  const text = await dryRun('--show-files');
  const json = await dryRun('-o', 'json', '--show-files=1');

  assert.deepEqual([text.exitCode, json.exitCode], [0, 0], text.stderr);
  const lines = text.stdout.split('\n');
  const first = lines.findIndex((line) => line.startsWith('Merge'));
  assert.deepEqual(
    lines.slice(first, first + 13).map((line) => line.replace(/pod\/web-\S+/, 'pod/POD').trim()),
    [
      `Merge     ${said}; safety: none`,
      'as pod/POD sees the volume now',
      'created:',
      'gone',
      'overwritten:',
      'newer',
      'older',
      'newer than the backup:',
      'newer',
      'extra, stays:',
      'extra',
      'extra-link',
      '',
    ],
  );
  const { seenBy, ...merge } = JSON.parse(json.stdout).merge;
  assert.match(seenBy, /^pod\/web-/);
  assert.deepEqual(merge, {
    ...counts,
    files: { created: ['gone'], overwritten: ['newer'], newer: ['newer'], extra: ['extra'] },
    conflicts: [],
  });
  assert.deepEqual(volumeState(claim.folder), before);
  assert.equal((await shop.list('pods')).length, 1);
});

clusterTest('a pod that may not read lost+found still tells the counts', async (scene) => {
  const { app, operator } = scene;
  const { claim, backup } = await merged(scene, {
    ...idle,
    pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
  });
  mkdirSync(join(claim.folder, 'lost+found'));
  chmodSync(join(claim.folder, 'lost+found'), 0o700);
  const args = ['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--dry-run'];

  const withLostAndFound = await operator.run(args);
  mkdirSync(join(claim.folder, 'private'), 0o700);
  const withPrivate = await operator.run(args);

  assert.equal(
    withLostAndFound.stdout.includes(`Merge     ${said}; safety: none`),
    true,
    withLostAndFound.stdout,
  );
  assert.equal(withPrivate.stdout.includes(unknown), true, withPrivate.stdout);
});

clusterTest('what tar would write through is refused in a dry run too', async (scene) => {
  const { app, operator } = scene;
  const { claim, backup } = await merged(scene, idle);
  symlinkSync('/', join(claim.folder, 'gone'));
  const args = ['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--dry-run'];

  const planned = await operator.run(args);

  assert.deepEqual([planned.exitCode, planned.stdout], [14, '']);
  assert.match(planned.stderr, /the volume is untouched; tar would write through or over:/);
  assert.match(planned.stderr, /gone is a symlink, the archive has a file/);
});

const unknown =
  'Merge     counted before the first byte: no running pod can look at the volume; safety: none';

for (const { title, workload } of [
  { title: 'of an image without a shell', workload: distroless },
  {
    title: 'with something mounted inside the volume',
    workload: {
      ...idle,
      container: {
        ...idle.container,
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'scratch', mountPath: '/data/scratch' },
        ],
      },
      pod: {
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    },
  },
]) {
  clusterTest(`a pod ${title} cannot tell: the counts come before the first byte`, async (scene) => {
    const { operator, shop } = scene;
    const { backup } = await merged(scene, workload);

    const restored = await operator.run(restoreArgs(scene, backup, '--show-files'));

    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.equal(restored.stderr.includes(unknown), true, restored.stderr);
    const step4 = steady(shop, restored.stderr).split('Step 4: ')[1] ?? '';
    assert.match(
      step4,
      / {2}merge: 1 to be created, 2 to be overwritten \(1 newer than the backup\), 2 extra files stay\n/,
    );
    assert.match(step4, / {2}created:\n\s+gone\n/);
    assert.deepEqual(recordOf(restored.stdout).merge, counts);
  });
}

for (const { answer, keys, exitCode, left } of [
  { answer: 'no', keys: 'no\n', exitCode: 130, left: 'as it was' },
  { answer: 'Ctrl-C', keys: ctrlC, exitCode: 130, left: 'as it was' },
  { answer: 'yes', keys: 'yes\n', exitCode: 0, left: 'restored' },
] as const) {
  clusterTest(`${answer} at the second question leaves the volume ${left}`, async (scene) => {
    const { t, shop, app, operator } = scene;
    const { claim, backup } = await merged(scene, distroless);
    const before = volumeState(claim.folder);
    const args = ['restore', `backup/${backup.id}`, '--catalog', app.catalog];
    const { running, type } = startInTerminal(t, operator, args);
    await running.until(/Restore into \S+\/data\? \[y\/N\] /);
    type('y\n');
    await running.until('Nothing is written yet. Go on? [y/N] ');

    type(keys);
    const ended = await running.exited;

    assert.equal(ended.exitCode, exitCode, ended.stderr);
    assert.equal(ended.stderr.includes(`Merge: ${said}`), true, ended.stderr);
    assert.equal(JSON.stringify(volumeState(claim.folder)) === JSON.stringify(before), left === 'as it was');
    assert.deepEqual(await leftOn(shop), ['Deployment/web at 1', 'PersistentVolumeClaim/data']);
    const [record] = operator.records();
    assert.deepEqual(
      [record?.outcome, record?.merge],
      [left === 'restored' ? 'restored' : 'interrupted', counts],
    );
  });
}

clusterTest('with --yes, and where the plan has told, nobody is asked a second time', async (scene) => {
  const { t, app, operator } = scene;
  const { backup } = await merged(scene, idle);
  const args = ['restore', `backup/${backup.id}`, '--catalog', app.catalog];
  const { running, type } = startInTerminal(t, operator, args);
  await running.until(/Restore into \S+\/data\? \[y\/N\] /);
  type('y\n');
  const asked = await running.exited;
  const approved = await startInTerminal(t, operator, [...args, '--yes']).running.exited;

  for (const { exitCode, stderr } of [asked, approved]) {
    assert.deepEqual([exitCode, stderr.includes('Go on?')], [0, false], stderr);
  }
});

/** One file to create, two to overwrite of which one is newer, a file and a link that stay. */
async function merged(
  { shop, app }: Scene,
  workload: WorkloadOptions,
): Promise<{ readonly claim: TestClaim; readonly backup: FiledBackup }> {
  const claim = await shop.claim('data');
  const path = (name: string) => join(claim.folder, name);
  for (const name of ['newer', 'older', 'gone']) writeFileSync(path(name), name);
  for (const name of ['newer', 'older', 'gone']) utimesSync(path(name), 1_600_000_000, 1_600_000_000);
  const backup = await app.backUp(claim);
  rmSync(path('gone'));
  writeFileSync(path('newer'), 'changed');
  writeFileSync(path('extra'), 'stays');
  symlinkSync('nowhere', path('extra-link'));
  await shop.apply(deployment('web', workload));
  await shop.rolledOut('deployment/web');
  return { claim, backup };
}
