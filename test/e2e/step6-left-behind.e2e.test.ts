/** The code of step 6: something of the run is still on the cluster, and is named. */
import assert from 'node:assert/strict';
import { type Refusal, whileRefused } from '../support/admission.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, steady } from '../support/failed-restore.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('[left-behind] a restore pod that may not be deleted keeps the workload down', async (scene) => {
  const { shop, operator } = scene;
  const backup = await writing(scene);
  await shop.kubectl(['run', 'probe', '--image=nkvm.local/pause:1', '--labels=nkvm.dev/run=probe']);
  const kept: Refusal = {
    apiGroup: '',
    resource: 'pods',
    operation: 'DELETE',
    allowed: "!has(oldObject.metadata.labels) || !('nkvm.dev/run' in oldObject.metadata.labels)",
    message: 'evidence is kept',
    probe: ['delete', 'pod/probe'],
  };
  await whileRefused(shop, kept, async () => {
    const failed = await failedRestore(scene, backup);
    assert.deepEqual(failed, {
      exitCode: 16,
      code: 'left-behind',
      step: 6,
      message: `pod/nkvm-restore-RUN could not be removed: pods "nkvm-restore-RUN" is forbidden: ValidatingAdmissionPolicy 'NS' with binding 'NS' denied request: evidence is kept`,
      next: ['kubectl -n NS describe pod nkvm-restore-RUN', 'kubectl nkvm cleanup RUN --resume -n NS'],
    });
  });
  const [record] = operator.records();
  assert.deepEqual(
    record?.leftBehind.map((text) => steady(shop, text)),
    ['pod/nkvm-restore-RUN'],
  );
  assert.deepEqual(await leftOn(shop), [
    'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN',
    'PersistentVolumeClaim/data',
    'Pod/nkvm-restore-RUN',
    'Pod/probe',
  ]);
});

clusterTest(
  '[left-behind] a mark that stays on the claim is said, with the application up',
  async (scene) => {
    const { shop } = scene;
    const backup = await writing(scene);
    const kept: Refusal = {
      apiGroup: '',
      resource: 'persistentvolumeclaims',
      operation: 'UPDATE',
      allowed:
        "!has(oldObject.metadata.annotations) || !('nkvm.dev/half-written-since' in oldObject.metadata.annotations) || 'nkvm.dev/half-written-since' in object.metadata.annotations",
      message: 'marks are kept',
      probe: ['annotate', 'pvc/probe', 'nkvm.dev/half-written-since-'],
    };
    await shop.claim('probe');
    await shop.kubectl(['annotate', 'pvc/probe', 'nkvm.dev/half-written-since=2026-01-01T00:00:00Z']);
    await whileRefused(shop, kept, async () => {
      const failed = await failedRestore(scene, backup);
      assert.deepEqual(failed, {
        exitCode: 16,
        code: 'left-behind',
        step: 6,
        message: 'left on the cluster: annotation nkvm.dev/half-written-since on persistentvolumeclaim/data',
        next: [],
      });
    });
    assert.deepEqual(await leftOn(shop), [
      'Deployment/web at 2',
      'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME',
      'PersistentVolumeClaim/probe half-written-since=TIME',
    ]);
  },
);

/** A backup of a claim that is being written to. */
async function writing({ shop, app }: Scene): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  return backup;
}
