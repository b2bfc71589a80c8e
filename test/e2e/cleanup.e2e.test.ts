/** `cleanup`: which runs it touches, what it does to them, and what it never does. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { beginRun, cleanUp } from '../support/begun-run.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { lockOf, locksOf, steadyLocks } from '../support/locks.ts';
import { openShop } from '../support/stopping-points.ts';
import { wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

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
      { exitCode, said: steady(shop, stdout) },
      {
        exitCode: 0,
        said:
          'run/RUN (live, namespace NS) left alone: it is live: by ann on HOST, since TIME\n' +
          'run/RUN (live, namespace NS) next: kubectl nkvm cleanup RUN --force -n NS\n',
      },
    );
    assert.deepEqual(await leftOn(shop), before);
  }

  const forced = await cleanUp(scene, live.run, '--force', '-o', 'name');
  assert.deepEqual(
    { exitCode: forced.exitCode, said: forced.stdout, left: await leftOn(shop) },
    {
      exitCode: 0,
      said: `pod/nkvm-restore-${live.run}\nlease/nkvm-${live.claim.uid}\n`,
      left: [stopped, claim],
    },
  );
  const { exitCode } = await live.exited;
  assert.deepEqual([exitCode, await leftOn(shop), await locksOf(shop)], [12, [stopped, claim], []]);
});

clusterTest('a killed run is found to be dead by looking, whatever its clock said', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();
  const renewTime = '2099-01-01T00:00:00.000000Z';
  const patch = JSON.stringify({ spec: { renewTime } });
  await shop.kubectl(['patch', `lease/nkvm-${dead.claim.uid}`, '--type=merge', '-p', patch]);

  const { exitCode, stdout, stderr } = await cleanUp(scene, '--resume');

  assert.deepEqual(
    { exitCode, said: steadyLocks(shop, stdout), left: await leftOn(shop), locks: await locksOf(shop) },
    {
      exitCode: 0,
      said: 'pod/nkvm-restore-RUN deleted\ndeployment/orders resumed to 2 replicas\nlease/LOCK deleted\n',
      left: [running, claim],
      locks: [],
    },
  );
  assert.match(stderr, new RegExp(`waiting at most 30 s to see whether ${dead.run} is alive\n`));
});

clusterTest('of two clean-ups at once one does it, and the other leaves it alone', async (scene) => {
  const { shop } = scene;
  const dead = await beginRun(scene);
  await dead.kill();

  const both = await Promise.all([1, 2].map(() => cleanUp(scene, '--resume', '-o', 'json')));

  const runs = both.flatMap(({ stdout }) => JSON.parse(stdout).runs);
  assert.deepEqual(
    both.map(({ exitCode }) => exitCode),
    [0, 0],
  );
  const resumed = 'deployment/orders resumed to 2 replicas';
  const done = runs.filter(({ actions }: { actions: readonly string[] }) => actions.includes(resumed));
  assert.deepEqual([done.length, await leftOn(shop), await locksOf(shop)], [1, [running, claim], []]);
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
      dry: steadyLocks(shop, dry.stdout),
      untouched,
      cleaned: steadyLocks(shop, cleaned.stdout).replace('(live', '(dead'),
      left,
      again: steady(shop, again.stdout),
      after: await leftOn(shop),
    },
    {
      dry: 'pod/nkvm-restore-RUN deleted (dry run)\ndeployment/orders resumed to 2 replicas (dry run)\nlease/LOCK deleted (dry run)\n',
      untouched: [stopped, claim, pod],
      cleaned: `pod/nkvm-restore-RUN deleted\nlease/LOCK deleted\n${next}`,
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
        `lease/nkvm-${dead.claim.uid} deleted`,
      ],
      left: ['Deployment/orders at 1', claim],
    },
  );
});

clusterTest('-A finds the runs of every namespace, and says whose they are', async (scene) => {
  const dead = await beginRun(scene);
  await dead.kill();
  // Other tests' runs are in there too: nothing but a dry run may look at all of them.
  const { exitCode, stdout } = await scene.operator.run(['cleanup', '-A', '--dry-run', '-o', 'json']);
  const own = JSON.parse(stdout).runs.filter(({ run }: { run: string }) => run === dead.run);
  assert.deepEqual(
    {
      exitCode,
      own: own.map(({ since, lastSeen, ...rest }: Record<string, unknown>) => rest),
    },
    {
      exitCode: 0,
      own: [
        {
          run: dead.run,
          namespace: scene.shop.name,
          state: 'dead',
          operator: 'ann',
          host: hostname(),
          pods: [`nkvm-restore-${dead.run}`],
          locks: [`nkvm-${dead.claim.uid}`],
          workloads: [{ name: 'deployment/orders', replicas: 0, recordedReplicas: 2 }],
          stopped: [],
          actions: [`pod/nkvm-restore-${dead.run} deleted`, `lease/nkvm-${dead.claim.uid} deleted`],
          failed: [],
          next: [`kubectl nkvm cleanup ${dead.run} --resume -n ${scene.shop.name}`],
        },
      ],
    },
  );
});

clusterTest('what has the marks of this tool and is of no run is listed and not touched', async (scene) => {
  const { shop } = scene;
  const data = await shop.claim('data');
  const byHand = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'nkvm-restore-20260102030405',
      labels: {
        'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
        'app.kubernetes.io/component': 'restore-helper',
      },
    },
    spec: { containers: [{ name: 'restore-helper', image: 'nkvm.local/pause:1' }] },
  };
  const lock = lockOf(data, '2026-01-02T03:04:05.000000Z');
  const odd = deployment('web', { replicas: 0 });
  await shop.apply(byHand, { ...lock, spec: { holderIdentity: 'somebody' } }, odd);
  await shop.kubectl(['annotate', 'deployment/web', 'nkvm.dev/earlier={"spec":{"image":"evil"}}']);
  const before = await wholeObjects(shop, 'deployments,leases');

  const { exitCode, stdout } = await cleanUp(scene, '--force', '--resume', '-o', 'json');

  assert.equal(exitCode, 0);
  assert.deepEqual(JSON.parse(steadyLocks(shop, stdout)).runs, [
    {
      state: 'foreign',
      namespace: 'NS',
      name: 'pod/nkvm-restore-20260102030405',
      skipped: 'it has the labels of a restore pod and is of no run: somebody made it by hand',
      next: ['kubectl -n NS delete pod nkvm-restore-20260102030405   # when nobody works in it'],
    },
    {
      state: 'foreign',
      namespace: 'NS',
      name: 'lease/LOCK',
      skipped: 'it has the labels of a lock and its holder is no run',
      next: [
        'kubectl -n NS get lease LOCK -o yaml',
        'kubectl -n NS delete lease LOCK   # when nobody needs it',
      ],
    },
    {
      state: 'foreign',
      namespace: 'NS',
      name: 'deployment/web',
      skipped: 'its nkvm.dev/ annotations are not what this tool writes: what it had before is not known',
      next: ['kubectl -n NS get deployment/web -o yaml'],
    },
  ]);
  assert.deepEqual(await wholeObjects(shop, 'deployments,leases'), before);
  assert.equal((await shop.list('pods')).length, 1);
});
