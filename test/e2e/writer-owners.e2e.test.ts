/** Writers without an owner, and writers that belong to something which this tool does not know. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { clusterTest } from '../support/cluster-test.ts';
import { database, notControlling, ownedBy } from '../support/custom-owner.ts';
import { failedRestore, leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { wholeObjects } from '../support/volume-state.ts';
import { barePod, deployment, statefulSet } from '../support/workloads.ts';

const claims = ['data'];

clusterTest('--delete-bare-pods deletes them, and the plan says how to keep them', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(barePod('writer', 'data'), barePod('stranger', 'data'));
  await shop.kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=60s']);
  const restored = await operator.run(restoreArgs(scene, backup, '--delete-bare-pods'));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(await shop.list('pods'), []);
  const deleted = {
    kind: 'Pod',
    namespace: shop.name,
    change: 'deleted',
    before: 'running',
    after: 'stopped',
  };
  const { stopped = [] } = recordOf(restored.stdout);
  const fileOf = (name: string) => stopped.find((one) => one.name === name)?.manifest ?? '';
  assert.deepEqual(stopped, [
    { ...deleted, name: 'stranger', manifest: fileOf('stranger') },
    { ...deleted, name: 'writer', manifest: fileOf('writer') },
  ]);
  assert.equal(statSync(fileOf('writer')).mode & 0o777, 0o600);
  const said = steady(shop, restored.stderr);
  for (const line of [
    '  2  delete pod/writer, which does not come back; its manifest is kept beside the record\n',
    '  pod/writer deleted; it has no owner and does not come back\n',
    `  pod/writer deleted, and not brought back; to have it again: kubectl -n NS create -f ${steady(shop, fileOf('writer'))}\n`,
  ]) {
    assert.ok(said.includes(line), `${line} is not in ${said}`);
  }
});

clusterTest('a failure says which pods were deleted, and how to have them again', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(barePod('writer', 'data'));
  await shop.kubectl(['wait', 'pod/writer', '--for=condition=Ready', '--timeout=60s']);
  const noPod = ['--helper-image', 'nkvm.local/none:1', '--pod-timeout', '3s'];

  const failed = await failedRestore(scene, backup, ['--delete-bare-pods', ...noPod]);
  const [record] = operator.records();
  const file = record?.stopped?.[0]?.manifest ?? '';
  await shop.kubectl(['create', '-f', file]);
  await shop.kubectl(['wait', 'pod/writer', '--for=condition=Ready', '--timeout=60s']);

  assert.deepEqual(
    [failed.exitCode, failed.next, record?.leftBehind],
    [
      13,
      [`kubectl -n NS create -f ${steady(shop, file)}   # pod/writer, which this run deleted`],
      ['pod/writer deleted'],
    ],
  );
});

clusterTest(
  '[unsupported-writer] what an operator’s resource owns is left to it, with the reason',
  async (scene) => {
    const { shop, app } = scene;
    const backup = await app.backUp(await shop.claim('data'));
    const owner = await database(scene, 'orders');
    await shop.apply(
      ownedBy(owner, deployment('web', { claims })),
      ownedBy(owner, barePod('worker', 'data')),
      ownedBy(notControlling(owner), deployment('other', { claims })),
      ownedBy(notControlling(owner), barePod('helper', 'data')),
    );
    await shop.rolledOut('deployment/web');
    await shop.rolledOut('deployment/other');
    const before = await wholeObjects(shop);
    const through = 'kubectl -n NS get database.v1.NS.example.com orders -o yaml   # stop';
    const helper = 'pod/helper belongs to Database/orders, which may start it again';
    const worker = 'pod/worker belongs to Database/orders, which would start it again';
    assert.deepEqual(await failedRestore(scene, backup), {
      exitCode: 12,
      code: 'unsupported-writer',
      step: 2,
      message: `NS/data is mounted by what this tool does not stop: ${[
        'deployment/other belongs to Database/orders, which may start it again (--force-owned stops it all the same)',
        'deployment/web belongs to Database/orders, which may start it again (--force-owned stops it all the same)',
        helper,
        worker,
      ].join('; ')}`,
      next: [
        `${through} deployment/other through it, by its own means`,
        `${through} deployment/web through it, by its own means`,
        `${through} pod/helper through it, by its own means`,
        'kubectl -n NS get pod helper -o yaml > helper.yaml',
        'kubectl -n NS delete pod helper',
        `${through} pod/worker through it, by its own means`,
      ],
    });
    const forced = await failedRestore(scene, backup, ['--force-owned', '--delete-bare-pods']);
    assert.deepEqual(
      [forced.code, forced.message],
      ['unsupported-writer', `NS/data is mounted by what this tool does not stop: ${helper}; ${worker}`],
    );
    assert.deepEqual(await wholeObjects(shop), before);
  },
);

clusterTest('--force-owned stops what an operator’s resource owns, and gives it back', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  const owner = await database(scene, 'orders');
  await shop.apply(ownedBy(owner, deployment('web', { claims, replicas: 2 })));
  await shop.rolledOut('deployment/web');
  const restored = await operator.run(restoreArgs(scene, backup, '--force-owned'));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.match(
    restored.stderr,
    /warning: deployment\/web belongs to Database\/orders, which may start it again/,
  );
  assert.equal((await shop.get('deployment/web')).spec?.['replicas'], 2);
});

clusterTest(
  '[unsupported-writer] what a Deployment owns as an operator is not stopped through it',
  async (scene) => {
    const { shop, app, operator } = scene;
    const backup = await app.backUp(await shop.claim('shared'));
    await shop.volume('data-db-0');
    await shop.apply(deployment('operator'));
    const { uid } = (await shop.get('deployment/operator')).metadata;
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'operator', uid, controller: true };
    const owner = { group: 'apps', ownerReferences: [reference] };
    await shop.apply(ownedBy(owner, statefulSet('db', { claims: ['shared'] })));
    await shop.rolledOut('statefulset/db');
    assert.deepEqual(await failedRestore(scene, backup), {
      exitCode: 12,
      code: 'unsupported-writer',
      step: 2,
      message:
        'NS/shared is mounted by what this tool does not stop: statefulset/db belongs to Deployment/operator, which may start it again (--force-owned stops it all the same)',
      next: [
        'kubectl -n NS get deployment.v1.apps operator -o yaml   # stop statefulset/db through it, by its own means',
      ],
    });
    const restored = await operator.run(restoreArgs(scene, backup, '--force-owned'));
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.deepEqual(recordOf(restored.stdout).workloads, [
      { kind: 'StatefulSet', name: 'db', replicasBefore: 1, replicasAfter: 1 },
    ]);
    assert.deepEqual((await leftOn(shop)).slice(0, 1), ['Deployment/operator at 1']);
  },
);

clusterTest('what an operator’s resource keeps at 0 is left so without a flag', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(ownedBy(await database(scene, 'orders'), deployment('web', { claims, replicas: 0 })));
  const restored = await operator.run(restoreArgs(scene, backup));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.equal((await shop.get('deployment/web')).spec?.['replicas'], 0);
});

clusterTest(
  '[claims-would-be-deleted] the claim of an ephemeral volume is refused: it goes with its pod',
  async (scene) => {
    const { shop, app } = scene;
    const elsewhere = await app.backUp(await shop.claim('data'));
    await shop.volume('worker-scratch');
    const spec = {
      storageClassName: 'nkvm-manual',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    };
    const scratch = { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } };
    await shop.apply({ ...barePod('worker', 'data'), spec: { containers: [container], volumes: [scratch] } });
    await shop.kubectl(['wait', 'pod/worker', '--for=condition=Ready', '--timeout=60s']);
    const flags = ['--target', 'worker-scratch', '--delete-bare-pods'];
    assert.deepEqual(await failedRestore(scene, elsewhere, flags), {
      exitCode: 12,
      code: 'claims-would-be-deleted',
      step: 2,
      message:
        'NS/worker-scratch is an ephemeral volume of pod/worker and goes with it: stopping it would delete it',
      next: [],
    });
  },
);

clusterTest(
  'a StatefulSet that begins at a later ordinal is no writer of the claims below it',
  async (scene) => {
    const { shop, app, operator } = scene;
    const claim = await shop.claim('data-db-0');
    await shop.volume('data-db-5');
    const backup = await app.backUp(claim);
    await shop.apply(statefulSet('db', { spec: { ordinals: { start: 5 } } }));
    await shop.rolledOut('statefulset/db');
    const before = (await shop.get('statefulset/db')).metadata.generation;
    const restored = await operator.run(restoreArgs(scene, backup));
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.deepEqual(
      [recordOf(restored.stdout).workloads, (await shop.get('statefulset/db')).metadata.generation],
      [[], before],
    );
    const planned = await failedPlan('data-db-7');
    assert.match(planned, /scale statefulset\/db from 1 to 0/);

    async function failedPlan(name: string): Promise<string> {
      await shop.claim(name);
      const { stdout, stderr } = await operator.run([
        ...['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--target', name, '--dry-run'],
      ]);
      return stdout || stderr;
    }
  },
);

const container = {
  name: 'app',
  image: 'nkvm.local/busybox:1',
  imagePullPolicy: 'IfNotPresent',
  command: ['sleep', '3600'],
  volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
};
