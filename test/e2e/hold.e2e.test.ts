import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApiProxy } from '../support/api-proxy.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, restoreArgs } from '../support/failed-restore.ts';
import { Operator } from '../support/plugin.ts';
import { clusterState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('a held restore goes on from a machine that has none of its files', async (scene) => {
  const { t, shop } = scene;
  const { objects, run, held } = await hold(scene);
  const elsewhere = new Operator(t);
  const heldSpec = (await clusterState(shop))['Deployment/orders']?.spec;
  const check = 'test "$NKVM_RUN $NKVM_PVC $NKVM_WORKLOADS" = "$EXPECTED"';
  const env = { EXPECTED: `${run} orders-data deployment/orders` };

  const continued = await elsewhere.run(
    ['restore', '--continue', run, '-n', shop.name, '--yes', '--check-app', check],
    { env },
  );

  assert.deepEqual(
    [held.exitCode, held.stdout],
    [
      0,
      `persistentvolumeclaim/orders-data restored (workload held) from backup/1
deployment/orders held at 0 (was 2)
next: kubectl nkvm restore --continue ${run} -n ${shop.name}
data verified; no application check was given
`,
    ],
  );
  assert.deepEqual(heldSpec, { ...objects['Deployment/orders']?.spec, replicas: 0 });
  assert.deepEqual(
    [continued.exitCode, continued.stdout.split('\n').slice(1)],
    [0, ['deployment/orders resumed to 2 replicas', 'data verified; 1 application check passed', '']],
  );
  assert.deepEqual(await clusterState(shop), objects);
  assert.deepEqual(
    elsewhere.records().map(({ run: name, outcome, workloads }) => ({ name, outcome, workloads })),
    [
      {
        name: run,
        outcome: 'restored',
        workloads: [{ kind: 'Deployment', name: 'orders', replicasBefore: 2, replicasAfter: 2 }],
      },
    ],
  );
});

clusterTest('while a restore is held, the claim is free', async (scene) => {
  const { shop } = scene;
  await hold(scene);

  assert.deepEqual(await shop.list('pods'), []);
  assert.deepEqual(
    (await shop.get('pvc/orders-data')).metadata.annotations?.['nkvm.dev/half-written-since'],
    undefined,
  );
});

clusterTest('a held restore is not continued after its workload was changed', async (scene) => {
  const { shop, operator } = scene;
  const { run } = await hold(scene);
  await shop.kubectl(['set', 'env', 'deployment/orders', 'CHANGED=yes']);
  const changed = await clusterState(shop);

  const refused = await operator.run(['restore', '--continue', run, '-n', shop.name, '--yes']);

  assert.equal(refused.exitCode, 12);
  assert.match(refused.stderr, new RegExp(`deployment/orders was changed since run ${run} was held`));
  assert.deepEqual(await clusterState(shop), changed);
});

clusterTest('nobody else restores into a claim whose workload is held', async (scene) => {
  const { shop, app, operator } = scene;
  const { run } = await hold(scene);
  const heldState = await clusterState(shop);

  const refused = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes'], {
    cwd: app.folder,
  });

  assert.equal(refused.exitCode, 12);
  assert.match(refused.stderr, new RegExp(`persistentvolumeclaim/orders-data is held by run ${run} by `));
  assert.match(refused.stderr, new RegExp(`kubectl nkvm restore --continue ${run} -n ${shop.name}\n`));
  assert.deepEqual(await clusterState(shop), heldState);
});

clusterTest('a run that is killed while it is held is continued whole', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(deployment('one', { claims: ['data'] }), deployment('two', { claims: ['data'] }));
  await shop.rolledOut('deployment/two');
  const objects = await clusterState(shop);
  let holds = 0;
  const proxy = await startApiProxy(t, {
    onRequest: ({ body }) => {
      if (body.includes('"nkvm.dev/held-spec":"')) holds += 1;
      if (holds === 2) dying.kill('SIGKILL');
      return holds < 2;
    },
  });
  const dying = operator.start(restoreArgs(scene, backup, '--hold'), {
    env: { KUBECONFIG: proxy.kubeconfig },
  });
  await dying.exited;
  const run = operator.records()[0]?.run ?? '';
  const left = await leftOn(shop);

  const continued = await operator.run(['restore', '--continue', run, '-n', shop.name, '--yes']);

  assert.deepEqual(
    left.map((line) => [line.split(' ')[0], line.includes('held-spec')]),
    [
      ['Deployment/one', true],
      ['Deployment/two', false],
      ['PersistentVolumeClaim/data', false],
    ],
  );
  assert.equal(continued.exitCode, 0, continued.stderr);
  assert.match(
    continued.stderr,
    /warning: run \S+ ended before it held deployment\/two: that gets what it had/,
  );
  assert.deepEqual(await clusterState(shop), objects);
});

clusterTest('a run that nobody held cannot be continued', async ({ shop, operator }) => {
  const refused = await operator.run([
    'restore',
    '--continue',
    '20260101000000-bcdfg',
    '-n',
    shop.name,
    '--yes',
  ]);

  assert.equal(refused.exitCode, 12);
  assert.match(refused.stderr, /no workload in namespace \S+ is held by run 20260101000000-bcdfg/);
});

/** Restores orders-data for a Deployment at 2, up to the hold. */
async function hold({ shop, app, operator }: Scene) {
  const claim = await shop.claim('orders-data');
  writeFileSync(join(claim.folder, 'order'), 'one');
  await app.backUp(claim);
  await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
  await shop.rolledOut('deployment/orders');
  const objects = await clusterState(shop);
  const held = await operator.run(['restore', 'orders-data', '-n', shop.name, '--yes', '--hold'], {
    cwd: app.folder,
  });
  const run = operator.records()[0]?.run ?? '';
  return { objects, held, run };
}
