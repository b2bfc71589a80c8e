/** The Jobs of a CronJob: what runs is waited for or stopped, what has ended is nobody. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, recordOf, restoreArgs } from '../support/failed-restore.ts';
import type { TestClaim } from '../support/namespace.ts';
import { cronJob } from '../support/other-workloads.ts';
import { clusterState } from '../support/volume-state.ts';

const untilTold = { command: ['sh', '-c', 'until [ -e /data/go ]; do sleep 0.2; done'] };

clusterTest('a running Job of a CronJob is waited for', async (scene) => {
  const { shop, operator } = scene;
  const { claim, backup } = await begunJob(scene);
  const before = await clusterState(shop, 'cronjobs');
  const running = operator.start(restoreArgs(scene, backup));
  await running.until(/waiting for now-\S+, job\/now/);
  assert.equal((await shop.get('cronjob/nightly')).spec?.['suspend'], true);
  writeFileSync(join(claim.folder, 'go'), '');
  const { exitCode, stderr } = await running.exited;
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /job\/now is running, and is waited for/);
  assert.deepEqual(await clusterState(shop, 'cronjobs'), before);
});

clusterTest('[writers-not-stopped] a Job that goes on for too long is named', async (scene) => {
  const { shop } = scene;
  const { backup } = await begunJob(scene);
  const before = await clusterState(shop, 'cronjobs,jobs');
  const { exitCode, code, message } = await failedRestore(scene, backup, ['--quiesce-timeout', '2s']);
  assert.deepEqual([exitCode, code], [12, 'writers-not-stopped']);
  assert.match(
    message,
    /^after 2 s these pods still hold the claim: now-.* \(Running on .*, of Job\/now\); job\/now is not complete \(--stop-jobs suspends it\)\n/,
  );
  assert.deepEqual(await clusterState(shop, 'cronjobs,jobs'), before);
});

clusterTest('--stop-jobs suspends the running Job of a CronJob, and gives it back', async (scene) => {
  const { shop, operator } = scene;
  const { backup } = await begunJob(scene);
  const before = await clusterState(shop, 'cronjobs,jobs');
  const restored = await operator.run(restoreArgs(scene, backup, '--stop-jobs'));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(
    (recordOf(restored.stdout).stopped ?? []).map(({ kind, name, after }) => [kind, name, after]),
    [
      ['CronJob', 'nightly', 'running'],
      ['Job', 'now', 'running'],
    ],
  );
  assert.deepEqual(await clusterState(shop, 'cronjobs,jobs'), before);
});

clusterTest('a Job that has ended is nobody, though its pod is still listed', async (scene) => {
  const { shop, operator } = scene;
  const { claim, backup } = await begunJob(scene);
  writeFileSync(join(claim.folder, 'go'), '');
  await shop.kubectl(['wait', 'job/now', '--for=condition=Complete', '--timeout=60s']);
  const restored = await operator.run(restoreArgs(scene, backup));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.doesNotMatch(restored.stderr, /job\/now/);
});

clusterTest('a Job that is started after the resume is named when the application fails', async (scene) => {
  const { shop, backup, check } = await nightlyShop(scene);

  const { exitCode, code, message, next } = await failedRestore(scene, backup, ['--check-app', check]);

  assert.deepEqual(
    { exitCode, code, said: message.split('\n').at(-1), next: next[0] },
    {
      exitCode: 15,
      code: 'app-failed',
      said: '  cronjob/nightly is suspended again, job/now was started meanwhile and goes on writing to data',
      next: `kubectl -n NS patch job/now --type=merge -p '{"spec":{"suspend":true}}'`,
    },
  );
  assert.equal((await shop.get('job/now')).spec?.['suspend'], false);
});

clusterTest('--stop-jobs suspends it too, and cleanup --resume gives it back', async (scene) => {
  const { shop, backup, check } = await nightlyShop(scene);

  const failed = await scene.operator.run(restoreArgs(scene, backup, '--stop-jobs', '--check-app', check));

  const { error, stopped = [] } = recordOf(failed.stdout, failed.stderr);
  const isSuspended = async () => (await shop.get('job/now')).spec?.['suspend'];
  assert.deepEqual(
    {
      exitCode: failed.exitCode,
      said: error?.message.split('\n').at(-1),
      stopped: stopped.map(({ kind, name, after }) => [kind, name, after]),
      isSuspended: await isSuspended(),
    },
    {
      exitCode: 15,
      said: '  cronjob/nightly is suspended again, job/now suspended too',
      stopped: [
        ['CronJob', 'nightly', 'stopped'],
        ['Job', 'now', 'stopped'],
      ],
      isSuspended: true,
    },
  );
  const given = await scene.operator.run(['cleanup', '--resume', '-n', shop.name]);
  assert.deepEqual(
    [given.exitCode, given.stdout, await isSuspended()],
    [0, 'job/now resumed\ncronjob/nightly resumed\n', false],
    given.stderr,
  );
});

/** A CronJob on a claim, and a check on this machine that has it start a Job, and fails. */
async function nightlyShop({ shop, app }: Scene) {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(cronJob('nightly', { claims: ['data'], container: untilTold }));
  const check = `kubectl -n ${shop.name} create job now --from=cronjob/nightly; false`;
  return { shop, backup, check };
}

/** A CronJob with one Job under way, until there is a file `go` on its claim. */
async function begunJob({
  shop,
  app,
}: Scene): Promise<{ readonly claim: TestClaim; readonly backup: FiledBackup }> {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(cronJob('nightly', { claims: ['data'], container: untilTold }));
  await shop.kubectl(['create', 'job', 'now', '--from=cronjob/nightly']);
  await shop.kubectl(['wait', 'pod', '-l', 'job-name=now', '--for=condition=Ready', '--timeout=60s']);
  return { claim, backup };
}
