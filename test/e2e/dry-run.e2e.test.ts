import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { clusterTest } from '../support/cluster-test.ts';
import { type KubeObject, type TestNamespace, until } from '../support/namespace.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

for (const flag of ['--dry-run', '--dry-run=client', '--dry-run=server']) {
  clusterTest(`${flag} prints the plan and changes nothing`, async ({ shop, app, operator }) => {
    const claim = await shop.claim('orders-data');
    writeFileSync(join(claim.folder, 'order'), 'one');
    const backup = await app.backUp(claim);
    writeFileSync(join(claim.folder, 'order'), 'newer');
    await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
    await shop.rolledOut('deployment/orders');
    const [objects, volume] = [await settled(shop), volumeState(claim.folder, ['orders.log'])];

    const planned = await operator.run(['restore', 'orders-data', '-n', shop.name, flag], {
      cwd: app.folder,
    });

    assert.equal(planned.exitCode, 0, planned.stderr);
    const plan = planned.stdout.split('\n');
    assert.deepEqual(
      plan
        .filter((line) => /^(Target|Archive| {2}\d|Server|Dry run)/.test(line))
        .map((line) => line.replace(/^(Archive.*) \(.*/, '$1')),
      [
        `Target    persistentvolumeclaim/orders-data in namespace ${shop.name} (UID ${claim.uid}, Bound)`,
        `Archive   ${backup.path}`,
        '  2  scale deployment/orders from 2 to 0, later to 2',
        '  3  create the restore pod (nkvm.local/busybox:1) with orders-data at /restore',
        '  4  extract the archive: its members overwrite, other files stay',
        '  5  compare every member with the volume; no application check was given; resume, and wait for the rollout',
        '  6  delete the restore pod',
        ...(flag === '--dry-run=server'
          ? ['Server    the restore pod is admitted, every permission is there']
          : []),
        'Dry run: nothing was changed.',
      ],
    );
    assert.deepEqual(await wholeObjects(shop), objects);
    assert.deepEqual(volumeState(claim.folder, ['orders.log']), volume);
    assert.deepEqual(operator.records(), []);
  });
}

clusterTest('--dry-run=server says what admission refuses', async ({ shop, app, operator }) => {
  const claim = await shop.claim('orders-data');
  await app.backUp(claim);
  await shop.kubectl(['label', 'namespace', shop.name, 'pod-security.kubernetes.io/enforce=restricted']);

  const refused = await operator.run(['restore', 'orders-data', '-n', shop.name, '--dry-run=server'], {
    cwd: app.folder,
  });

  assert.equal(refused.exitCode, 13);
  assert.match(refused.stderr, /violates PodSecurity "restricted:latest"/);
});

clusterTest(
  '--dry-run -o json prints the plan as data, and nothing else',
  async ({ shop, app, operator }) => {
    const claim = await shop.claim('orders-data');
    const backup = await app.backUp(claim);
    await shop.apply(deployment('orders', { claims: ['orders-data'], replicas: 2 }));
    await shop.rolledOut('deployment/orders');

    const planned = await operator.run(
      ['restore', 'orders-data', '-n', shop.name, '--dry-run', '-o', 'json', '--replicas', '3'],
      { cwd: app.folder },
    );

    assert.equal(planned.exitCode, 0, planned.stderr);
    const { kind, claim: target, archive, workloads, waitsForPods, warnings } = JSON.parse(planned.stdout);
    assert.deepEqual(
      {
        kind,
        uid: target.uid,
        sameClaim: target.sameClaim,
        sha256: archive.sha256,
        workloads,
        waitsForPods,
        warnings,
      },
      {
        kind: 'RestorePlan',
        uid: claim.uid,
        sameClaim: true,
        sha256: backup.sha256,
        workloads: [{ kind: 'Deployment', name: 'orders', replicas: 2, resumeTo: 3 }],
        waitsForPods: [],
        warnings: [],
      },
    );
  },
);

/** The objects once the controllers have written their last status. */
async function settled(shop: TestNamespace): Promise<readonly KubeObject[]> {
  let seen = await wholeObjects(shop);
  await until(async () => {
    const earlier = seen;
    await sleep(500);
    seen = await wholeObjects(shop);
    return isDeepStrictEqual(earlier, seen);
  });
  return seen;
}
