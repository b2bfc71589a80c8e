/** Codes of steps 5.3 and 5.4: the data is back, but the application is not: it goes back to 0, its last words kept. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whileRefused } from '../support/admission.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import {
  failedRestore,
  failureOf,
  leftOn,
  nextOlder,
  restoreArgs,
  steady,
} from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import { deployment, podsOf, statefulSet } from '../support/workloads.ts';

const resume = 'kubectl nkvm cleanup RUN --resume -n NS';
const backAtZero = [
  'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN',
  'PersistentVolumeClaim/data',
];

/** Works until it finds `broken` among its data. */
const untilBroken = {
  container: {
    command: [
      'sh',
      '-c',
      "trap 'exit 0' TERM; [ -e /data/broken ] && { echo order 7 is broken; exit 3; }; while :; do sleep 1 & wait $!; done",
    ],
  },
};

/** Is never ready beside such data. */
const unreadyIfBroken = {
  container: { readinessProbe: { exec: { command: ['test', '!', '-e', '/data/broken'] }, periodSeconds: 1 } },
};

clusterTest(
  '[app-failed] an application that crashes on the data goes back to 0, its last words kept',
  async (scene) => {
    const { shop, operator } = scene;
    // A container that has just started counts as available, unless it has to last.
    const spec = { minReadySeconds: 5 };
    const web = deployment('web', { claims: ['data'], ...untilBroken, spec });
    const failed = await failedRestore(scene, await brokenBackup(scene, web));
    const pod = (text: string) =>
      steady(shop, text)
        .replaceAll(/web-[a-z0-9]+-[a-z0-9]+(_NS\([^)]+\))?/g, 'POD')
        .replace(/back-off \S+ restarting/, 'back-off LATER restarting');
    assert.deepEqual(
      { ...failed, message: pod(failed.message) },
      {
        exitCode: 15,
        code: 'app-failed',
        step: 5,
        message:
          'deployment/web: pod/POD container app: CrashLoopBackOff: back-off LATER restarting failed container=app pod=POD; deployment/web is back at 0',
        next: [resume, ...nextOlder()],
      },
    );
    const lines = operator.records()[0]?.diagnostics.map(pod) ?? [];
    assert.equal(lines.at(-1), 'POD app| order 7 is broken');
    assert.ok(
      lines.includes('POD: BackOff: Back-off restarting failed container app in pod POD'),
      lines.join('\n'),
    );
    assert.deepEqual(await leftOn(shop), [
      'Deployment/web at 0 claim=data earlier={"spec":{"replicas":1}} run=RUN',
      'PersistentVolumeClaim/data',
    ]);
  },
);

clusterTest(
  '--record-logs 0 shows a failing application’s log, and keeps it out of the record',
  async (scene) => {
    const { operator } = scene;
    const web = deployment('web', { claims: ['data'], ...untilBroken, spec: { minReadySeconds: 5 } });
    const backup = await brokenBackup(scene, web);
    const { exitCode, stderr } = await operator.run(restoreArgs(scene, backup, '--record-logs', '0'));
    const lines = operator.records()[0]?.diagnostics ?? [];
    assert.deepEqual(
      [exitCode, lines.some((line) => line.includes('BackOff')), lines.filter((line) => line.includes('| '))],
      [15, true, []],
    );
    assert.match(stderr, /web-\S+ app\| order 7 is broken\n/);
  },
);

clusterTest('[app-failed] a rollout that misses its progress deadline goes back to 0', async (scene) => {
  const { shop, operator } = scene;
  const web = deployment('web', {
    claims: ['data'],
    spec: { progressDeadlineSeconds: 4 },
    ...unreadyIfBroken,
  });
  const backup = await brokenBackup(scene, web);
  const restore = operator.start(restoreArgs(scene, backup));
  await restore.until('0 of 1 replicas are ready');
  // Scaling up is no rollout to the controller, and has no deadline; somebody's new version is one.
  await shop.kubectl(['set', 'env', 'deployment/web', 'VERSION=2']);
  const failed = failureOf(scene, await restore.exited);
  assert.deepEqual(
    { ...failed, message: failed.message.replaceAll(/web-[a-z0-9]+/g, 'SET') },
    {
      exitCode: 15,
      code: 'app-failed',
      step: 5,
      message:
        'deployment/web: ProgressDeadlineExceeded: ReplicaSet "SET" has timed out progressing.; deployment/web is back at 0',
      next: [resume, ...nextOlder()],
    },
  );
  assert.deepEqual(await leftOn(shop), [
    'Deployment/web at 0 claim=data earlier={"spec":{"replicas":1}} run=RUN',
    'PersistentVolumeClaim/data',
  ]);
});

clusterTest(
  '[app-failed] a check on this machine that fails takes a StatefulSet and its claims back',
  async (scene) => {
    const { shop, app, operator } = scene;
    const folder = await shop.volume('data-db-0');
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
    await shop.apply(statefulSet('db', { spec: { persistentVolumeClaimRetentionPolicy } }));
    await shop.rolledOut('statefulset/db');
    const { uid } = (await shop.get('pvc/data-db-0')).metadata;
    const backup = await app.backUp({ namespace: shop.name, name: 'data-db-0', uid, folder });
    const check = 'echo "$NKVM_WORKLOADS of $NKVM_PVC says no"; exit 3';
    const failed = await failedRestore(scene, backup, ['--retain-claims', '--check-app', check]);
    assert.deepEqual(failed, {
      exitCode: 15,
      code: 'app-failed',
      step: 5,
      message: `application check ended with 3: ${check}\n  statefulset/db of data-db-0 says no\n  statefulset/db is back at 0`,
      next: [resume],
    });
    assert.deepEqual(await leftOn(shop), [
      'PersistentVolumeClaim/data-db-0',
      'StatefulSet/db at 0 claim=data-db-0 earlier={"spec":{"replicas":1,"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}} run=RUN',
    ]);
    const { spec } = await shop.get('statefulset/db');
    assert.deepEqual(spec?.['persistentVolumeClaimRetentionPolicy'], {
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
    assert.equal((await shop.get('pvc/data-db-0')).metadata.uid, uid);

    const [record] = operator.records();
    const given = await operator.run(['cleanup', record?.run ?? '', '--resume', '-n', shop.name]);
    assert.equal(given.exitCode, 0, given.stderr);
    await shop.rolledOut('statefulset/db');
    assert.deepEqual((await shop.get('statefulset/db')).spec?.['persistentVolumeClaimRetentionPolicy'], {
      whenDeleted: 'Retain',
      whenScaled: 'Delete',
    });
  },
);

clusterTest('what somebody scaled after the resume is what cleanup --resume gives back', async (scene) => {
  const { shop, operator } = scene;
  const backup = await brokenBackup(scene, deployment('web', { claims: ['data'] }));
  const check = `kubectl -n ${shop.name} scale deployment/web --replicas=4; false`;

  const { message } = await failedRestore(scene, backup, ['--check-app', check]);

  assert.equal(
    message.split('\n').at(-1),
    '  deployment/web is back at 0 (somebody had scaled it to 4, which is recorded)',
  );
  assert.deepEqual(await leftOn(shop), [
    'Deployment/web at 0 claim=data earlier={"spec":{"replicas":4}} run=RUN',
    'PersistentVolumeClaim/data',
  ]);
  const given = await operator.run(['cleanup', '--resume', '-n', shop.name]);
  assert.deepEqual(
    [given.exitCode, given.stdout],
    [0, 'deployment/web resumed to 4 replicas\n'],
    given.stderr,
  );
});

clusterTest('[app-not-ready] an application that is still starting is not called failed', async (scene) => {
  const { shop } = scene;
  const web = deployment('web', { replicas: 2, claims: ['data'], ...unreadyIfBroken });
  const backup = await brokenBackup(scene, web);
  const failed = await failedRestore(scene, backup, ['--rollout-timeout', '4s']);
  assert.deepEqual(failed, {
    exitCode: 15,
    code: 'app-not-ready',
    step: 5,
    message:
      'still starting, not failed, after 4 s: waiting for deployment/web: 0 of 2 replicas are ready; deployment/web is back at 0',
    next: [resume, ...nextOlder(' --rollout-timeout=4s')],
  });
  assert.deepEqual(await leftOn(shop), backAtZero);
});

clusterTest(
  '[resume-failed] a workload that may not be scaled up stays down, its replicas recorded',
  async (scene) => {
    const { shop } = scene;
    const backup = await brokenBackup(scene, deployment('web', { replicas: 2, claims: ['data'] }));
    const frozen = {
      apiGroup: 'apps',
      resource: 'deployments',
      operation: 'UPDATE',
      allowed: 'object.spec.replicas <= oldObject.spec.replicas',
      message: 'this shop only shrinks',
      probe: ['patch', 'deployment/web', '-p', '{"spec":{"replicas":3}}'],
    } as const;
    await whileRefused(shop, frozen, async () => {
      assert.deepEqual(await failedRestore(scene, backup), {
        exitCode: 15,
        code: 'resume-failed',
        step: 5,
        message: `deployment/web could not be scaled back to 2: deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'NS' with binding 'NS' denied request: this shop only shrinks`,
        next: [resume],
      });
    });
    assert.deepEqual(await leftOn(shop), backAtZero);
  },
);

clusterTest(
  'a stranger’s crashing pod with the same labels is not the application’s failure',
  async (scene) => {
    const { shop, app, operator } = scene;
    const claim = await shop.claim('data');
    const backup = await app.backUp(claim);
    await shop.apply(deployment('web', { claims: ['data'], spec: { minReadySeconds: 3 } }), stranger('web'));
    await shop.rolledOut('deployment/web');
    await until(async () => (await shop.kubectl(['get', 'pods'])).includes('CrashLoopBackOff'));
    const restored = await operator.run(restoreArgs(scene, backup));
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.doesNotMatch(restored.stderr, /stranger/);
    assert.deepEqual((await leftOn(shop)).slice(0, 2), ['Deployment/stranger at 1', 'Deployment/web at 1']);
  },
);

/** Its pods crash, and have the labels of those of `of`, and one more. */
function stranger(of: string): object {
  const labels = { app: of, tier: 'batch' };
  const { template } = podsOf('stranger', { container: { command: ['false'] } });
  const spec = { selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } };
  return deployment('stranger', { spec });
}

/** Two backups, of which the younger has data that the application does not like; the volume has not. */
async function brokenBackup({ shop, app }: Scene, workload: object): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  await app.backUp(claim);
  writeFileSync(join(claim.folder, 'broken'), '');
  const backup = await app.backUp(claim);
  rmSync(join(claim.folder, 'broken'));
  await shop.apply(workload);
  await shop.rolledOut('deployment/web');
  return backup;
}
