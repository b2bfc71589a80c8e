/** Codes of the failure matrix's step 3: nothing is written yet, so the writers get back what they had. */
import assert from 'node:assert/strict';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn } from '../support/failed-restore.ts';
import { deployment } from '../support/workloads.ts';

const asBefore = ['Deployment/web at 2', 'PersistentVolumeClaim/data'];

clusterTest(
  '[pod-rejected] a namespace of restricted pods needs to know a user, and nothing is changed',
  async (scene) => {
    const { shop } = scene;
    const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
    await shop.kubectl(['label', 'namespace', shop.name, 'pod-security.kubernetes.io/enforce=restricted']);
    const failed = await failedRestore(scene, backup);
    assert.deepEqual(failed, {
      exitCode: 13,
      code: 'pod-rejected',
      step: 3,
      message:
        'pod/nkvm-restore-RUN was refused: pods "nkvm-restore-RUN" is forbidden: violates PodSecurity "restricted:latest": unrestricted capabilities (container "restore-helper" must not include "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID" in securityContext.capabilities.add), runAsNonRoot != true (pod or container "restore-helper" must set securityContext.runAsNonRoot=true), runAsUser=0 (container "restore-helper" must not set runAsUser=0)\n  and as whom it should run instead is not known: deployment/web names no runAsUser, and no running pod tells: choose with --owner UID:GID\n  nothing was changed',
      next: [],
    });
    assert.deepEqual(await leftOn(shop), asBefore);
  },
);

clusterTest('[pod-rejected] a quota without room and a limit that is too low are named', async (scene) => {
  const { shop } = scene;
  const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
  const limit = (spec: object) => ({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'small' },
    spec,
  });
  await shop.apply(limit({ limits: [{ type: 'Container', max: { memory: '128Mi' } }] }));
  const limited = await failedRestore(scene, backup);
  await shop.kubectl(['delete', 'limitrange', 'small']);
  await shop.kubectl(['create', 'quota', 'full', '--hard=requests.memory=32Mi']);
  const full = await failedRestore(scene, backup);
  const rejected = (reason: string) => ({
    exitCode: 13,
    code: 'pod-rejected',
    step: 3,
    message: `pod/nkvm-restore-RUN was refused: pods "nkvm-restore-RUN" is forbidden: ${reason}`,
    next: [],
  });
  assert.deepEqual(
    limited,
    rejected('maximum memory usage per Container is 128Mi, but limit is 512Mi\n  nothing was changed'),
  );
  assert.deepEqual(
    full,
    rejected(
      'exceeded quota: full, requested: requests.memory=64Mi, used: requests.memory=0, limited: requests.memory=32Mi',
    ),
  );
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest('[pod-not-ready] an image that cannot be had gives the workload back', async (scene) => {
  const { shop } = scene;
  const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
  const image = 'nkvm.local/none:1';
  const failed = await failedRestore(scene, backup, ['--helper-image', image, '--pod-timeout', '5s']);
  const [first, ...why] = failed.message.split('\n  ');
  assert.deepEqual(
    { ...failed, message: first },
    {
      exitCode: 13,
      code: 'pod-not-ready',
      step: 3,
      message: 'pod/nkvm-restore-RUN is not Ready after 5 s (Pending)',
      next: [],
    },
  );
  assert.match(
    why.join('\n'),
    /^container restore-helper: (ErrImagePull|ImagePullBackOff): .*nkvm\.local\/none:1/,
  );
  assert.match(why.join('\n'), /^Failed: Failed to pull image "nkvm\.local\/none:1"/m);
  assert.deepEqual(await leftOn(shop), asBefore);
});

clusterTest(
  '[pod-not-ready] a pod that no node takes leaves the workload down if so asked',
  async (scene) => {
    const { shop } = scene;
    const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
    const nowhere = JSON.stringify({ spec: { nodeSelector: { 'nkvm-test.dev/none': 'true' } } });
    const flags = ['--overrides', nowhere, '--pod-timeout', '3s', '--keep-stopped'];
    const failed = await failedRestore(scene, backup, flags);
    const [first, why] = failed.message.split('\n  ');
    assert.deepEqual(
      { ...failed, message: first },
      {
        exitCode: 13,
        code: 'pod-not-ready',
        step: 3,
        message: 'pod/nkvm-restore-RUN is not Ready after 3 s (Pending)',
        next: ['kubectl nkvm cleanup RUN --resume -n NS'],
      },
    );
    assert.match(why ?? '', /^Unschedulable: .*node affinity\/selector/);
    assert.deepEqual(await leftOn(shop), [
      'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN',
      'PersistentVolumeClaim/data',
    ]);
  },
);

/** A backup of a claim that is being written to. */
async function writing({ shop, app }: Scene, workload: object): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(workload);
  await shop.rolledOut('deployment/web');
  return backup;
}
