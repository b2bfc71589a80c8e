/** Codes of the failure matrix's step 2 that are about who writes: what is not stopped, and what does not stop. */
import assert from 'node:assert/strict';
import { whileRefused } from '../support/admission.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn } from '../support/failed-restore.ts';
import { barePod, deployment } from '../support/workloads.ts';

clusterTest(
  '[unsupported-writer] a pod that nothing would start again is named, with what stops it',
  async (scene) => {
    const { shop, app } = scene;
    const backup = await app.backUp(await shop.claim('data'));
    await shop.apply(barePod('writer', 'data'));
    assert.deepEqual(await failedRestore(scene, backup), {
      exitCode: 12,
      code: 'unsupported-writer',
      step: 2,
      message:
        'NS/data is mounted by what this tool does not stop: pod/writer has no owner and would not come back (--delete-bare-pods deletes it)',
      next: ['kubectl -n NS get pod writer -o yaml > writer.yaml', 'kubectl -n NS delete pod writer'],
    });
  },
);

clusterTest('[quiesce-failed] a workload that may not be scaled down stays as it is', async (scene) => {
  const { shop } = scene;
  const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
  await whileRefused(
    shop,
    {
      apiGroup: 'apps',
      resource: 'deployments',
      operation: 'UPDATE',
      allowed: 'object.spec.replicas > 0',
      message: 'this shop never closes',
      probe: ['patch', 'deployment/web', '-p', '{"spec":{"replicas":0}}'],
    },
    async () => {
      const failed = await failedRestore(scene, backup);
      assert.deepEqual(failed, {
        exitCode: 12,
        code: 'quiesce-failed',
        step: 2,
        message: `deployment/web could not be scaled to 0: deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'NS' with binding 'NS' denied request: this shop never closes`,
        next: [],
      });
    },
  );
  assert.deepEqual(await leftOn(shop), ['Deployment/web at 2', 'PersistentVolumeClaim/data']);
});

for (const keepStopped of [false, true]) {
  const left = keepStopped ? '--keep-stopped leaves it down' : 'it gets its replicas back';
  clusterTest(
    `[writers-not-stopped] a writer that takes its time ends the run, and ${left}`,
    async (scene) => {
      const { shop } = scene;
      const stubborn = {
        container: { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] },
        pod: { terminationGracePeriodSeconds: 20 },
      };
      const backup = await writing(scene, deployment('web', { claims: ['data'], ...stubborn }));
      const [pod] = await shop.list('pods');
      const name = pod?.metadata.name ?? '';
      const flags = ['--quiesce-timeout', '8s', ...(keepStopped ? ['--keep-stopped'] : [])];
      const failed = await failedRestore(scene, backup, flags);
      const resume = keepStopped ? ['kubectl nkvm cleanup RUN --resume -n NS'] : [];
      const [message] = failed.message.split('\n');
      assert.deepEqual(
        { ...failed, message },
        {
          exitCode: 12,
          code: 'writers-not-stopped',
          step: 2,
          message: `after 8 s these pods still hold the claim: ${name} (terminating on localhost, of ReplicaSet/${name.replace(/-[^-]+$/, '')}, its containers may take 20 s to end)`,
          next: [`kubectl -n NS describe pod ${name}`, ...resume],
        },
      );
      assert.deepEqual(await leftOn(shop), [
        keepStopped
          ? 'Deployment/web at 0 claim=data earlier={"spec":{"replicas":1}} run=RUN'
          : 'Deployment/web at 1',
        'PersistentVolumeClaim/data',
      ]);
    },
  );
}

/** A backup of a claim that is being written to. */
async function writing({ shop, app }: Scene, workload: object): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(workload);
  await shop.rolledOut('deployment/web');
  return backup;
}
