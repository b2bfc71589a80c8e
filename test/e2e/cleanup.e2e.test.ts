/** `cleanup`: which runs it touches, what it does to them, and what it never does. */
import assert from 'node:assert/strict';
import { beginRun, cleanUp } from '../support/begun-run.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { openShop } from '../support/stopping-points.ts';
import { wholeObjects } from '../support/volume-state.ts';

const claim = 'PersistentVolumeClaim/orders-data';
const stopped = 'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN';
const running = 'Deployment/orders at 2';
const pod = 'Pod/nkvm-restore-RUN';

clusterTest('where nothing is left there is nothing to do', async ({ shop, operator }) => {
  const table = await cleanUp({ shop, operator });
  const json = await cleanUp({ shop, operator }, '-o', 'json');
  assert.deepEqual([table.exitCode, table.stdout, table.stderr], [0, '', 'nothing to clean up\n']);
  assert.deepEqual(
    [json.exitCode, JSON.parse(json.stdout)],
    [0, { apiVersion: 'nkvm.dev/v1', kind: 'CleanupResult', dryRun: false, runs: [] }],
  );
});

clusterTest('a live run is listed and not touched, unless it is forced', async (scene) => {
  const { shop } = scene;
  const live = await beginRun(scene);
  const before = await leftOn(shop);

  for (const args of [[], ['--resume'], [live.run], [live.run, '--resume']]) {
    const { exitCode, stdout } = await cleanUp(scene, ...args);
    assert.deepEqual(
      { exitCode, said: steady(shop, stdout).replace(/\d+ s more/, 'N s more') },
      {
        exitCode: 0,
        said:
          'run/RUN (live, namespace NS) left alone: it is live, and counts as live for N s more unless it is seen again\n' +
          'run/RUN (live, namespace NS) next: kubectl nkvm cleanup RUN --force -n NS\n',
      },
    );
    assert.deepEqual(await leftOn(shop), before);
  }

  const forced = await cleanUp(scene, live.run, '--force', '-o', 'name');
  assert.deepEqual(
    { exitCode: forced.exitCode, said: forced.stdout, left: await leftOn(shop) },
    { exitCode: 0, said: `pod/nkvm-restore-${live.run}\n`, left: [stopped, claim] },
  );
});

clusterTest('a dead run is a live one until a minute after it was last seen', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();
  const first = await cleanUp(scene, '--resume');
  assert.match(first.stdout, /counts as live for \d+ s more/);
  assert.deepEqual(await leftOn(shop), [stopped, claim, pod]);

  await until(async () => !(await cleanUp(scene, '--dry-run')).stdout.includes('counts as live'), 90);
  const { exitCode, stdout } = await cleanUp(scene, '--resume');

  assert.deepEqual(
    { exitCode, said: steady(shop, stdout), left: await leftOn(shop) },
    {
      exitCode: 0,
      said: 'pod/nkvm-restore-RUN deleted\ndeployment/orders resumed to 2 replicas\n',
      left: [running, claim],
    },
  );
});

clusterTest('replicas stay as they are, and the command that gives them back is said', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();

  const dry = await cleanUp(scene, '--force', '--resume', '--dry-run');
  const untouched = await leftOn(shop);
  const cleaned = await cleanUp(scene, '--force');
  const left = await leftOn(shop);
  const again = await cleanUp(scene);

  const next = 'run/RUN (dead, namespace NS) next: kubectl nkvm cleanup RUN --resume -n NS\n';
  assert.deepEqual(
    {
      dry: steady(shop, dry.stdout),
      untouched,
      cleaned: steady(shop, cleaned.stdout).replace('(live', '(dead'),
      left,
      again: steady(shop, again.stdout),
      after: await leftOn(shop),
    },
    {
      dry: 'pod/nkvm-restore-RUN deleted (dry run)\ndeployment/orders resumed to 2 replicas (dry run)\n',
      untouched: [stopped, claim, pod],
      cleaned: `pod/nkvm-restore-RUN deleted\n${next}`,
      left: [stopped, claim],
      again: next,
      after: [stopped, claim],
    },
  );
  assert.match(cleaned.stderr, /deployment\/orders stays at 0 \(recorded: 2\)/);
});

clusterTest('a held run is listed and not touched, unless it is named', async (scene) => {
  const { shop } = scene;
  const { backup, operator } = await openShop(scene, {});
  const { stdout, stderr } = await operator.run(restoreArgs(scene, backup, '--hold'));
  const { run } = recordOf(stdout, stderr);
  const held = await wholeObjects(shop, 'deployments,persistentvolumeclaims');

  for (const args of [[], ['--resume'], ['--force', '--resume']]) {
    const listed = await cleanUp(scene, ...args);
    assert.deepEqual(
      [listed.exitCode, steady(shop, listed.stdout)],
      [
        0,
        'run/RUN (held, namespace NS) left alone: it is held\n' +
          'run/RUN (held, namespace NS) next: kubectl nkvm restore --continue RUN -n NS\n',
      ],
    );
    assert.deepEqual(await wholeObjects(shop, 'deployments,persistentvolumeclaims'), held);
  }

  assert.equal((await cleanUp(scene, run, '--resume')).exitCode, 0);
  assert.deepEqual(await leftOn(shop), [running, claim]);
});

clusterTest('replicas that somebody gave meanwhile stay, and the record goes', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=1']);
  const { exitCode } = await cleanUp(scene, '--force', '--resume');
  assert.deepEqual([exitCode, await leftOn(shop)], [0, ['Deployment/orders at 1', claim]]);
});

clusterTest('--older-than leaves younger runs, and other names leave this one', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();
  const younger = await cleanUp(scene, '--force', '--resume', '--older-than', '1h');
  const other = await cleanUp(scene, '20260102030405-bcdfg', '--force', '--resume');
  const elsewhere = await scene.operator.run(['cleanup', '--force', '--resume', '-n', 'default', dead.run]);
  assert.match(younger.stdout, /left alone: it is only \d+ s old/);
  assert.deepEqual(
    [younger.exitCode, other.exitCode, other.stdout, elsewhere.exitCode, elsewhere.stdout],
    [0, 0, '', 0, ''],
  );
  assert.deepEqual(await leftOn(shop), [stopped, claim, pod]);
});

clusterTest('a named run that left nothing is said', async ({ shop, operator }) => {
  const { exitCode, stdout, stderr } = await cleanUp({ shop, operator }, '20260102030405-bcdfg');
  assert.deepEqual(
    { exitCode, stdout, stderr: steady(shop, stderr) },
    {
      exitCode: 0,
      stdout: '',
      stderr: 'warning: run RUN has left nothing in namespace NS\nnothing to clean up\n',
    },
  );
});

clusterTest('--resume says that it left a workload as somebody scaled it', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=1']);
  const { exitCode, stdout } = await cleanUp(scene, dead.run, '--force', '--resume', '-o', 'json');
  assert.deepEqual(
    { exitCode, actions: JSON.parse(stdout).runs[0].actions, left: await leftOn(shop) },
    {
      exitCode: 0,
      actions: [
        `pod/nkvm-restore-${dead.run} deleted`,
        'deployment/orders left at 1 replica, as somebody scaled it (recorded: 2)',
      ],
      left: ['Deployment/orders at 1', claim],
    },
  );
});

clusterTest('-A finds the runs of every namespace', async (scene) => {
  const dead = await beginRun(scene);
  await dead.kill();
  // Other tests' runs are in there too: nothing but a dry run may look at all of them.
  const { exitCode, stdout } = await scene.operator.run(['cleanup', '-A', '--dry-run', '-o', 'json']);
  const own = JSON.parse(stdout).runs.filter(({ run }: { run: string }) => run === dead.run);
  assert.deepEqual(
    {
      exitCode,
      own: own.map(({ since, liveForSeconds, skipped, ...rest }: Record<string, unknown>) => rest),
    },
    {
      exitCode: 0,
      own: [
        {
          run: dead.run,
          namespace: scene.shop.name,
          state: 'live',
          pods: [`nkvm-restore-${dead.run}`],
          workloads: [{ name: 'deployment/orders', replicas: 0, recordedReplicas: 2 }],
          stopped: [],
          actions: [],
          failed: [],
          next: [`kubectl nkvm cleanup ${dead.run} --force -n ${scene.shop.name}`],
        },
      ],
    },
  );
});
