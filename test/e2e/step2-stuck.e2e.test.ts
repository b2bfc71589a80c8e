/** What holds the claim and does not go is explained: a finalizer, a preStop hook, a volume that stays attached. */
import assert from 'node:assert/strict';
import type { FiledBackup } from '../support/backups.ts';
import { kubectl } from '../support/cluster.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, restoreArgs } from '../support/failed-restore.ts';
import type { TestNamespace } from '../support/namespace.ts';
import { deployment, type WorkloadOptions } from '../support/workloads.ts';

clusterTest(
  '[writers-not-stopped] a pod that has a finalizer and does not end is explained',
  async (scene) => {
    const { shop } = scene;
    const { backup, pod } = await writing(scene, {
      container: { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] },
      pod: { terminationGracePeriodSeconds: 600 },
    });
    const withFinalizers = (finalizers: readonly string[] | null) =>
      shop.kubectl([
        'patch',
        `pod/${pod}`,
        '--type=merge',
        '-p',
        JSON.stringify({ metadata: { finalizers } }),
      ]);
    await withFinalizers(['nkvm.dev/test']);
    const { exitCode, code, message } = await failedRestore(scene, backup, ['--quiesce-timeout', '8s']);
    await withFinalizers(null);
    const left = await leftOn(shop);
    await clear(shop);
    const [first] = message.split('\n');
    assert.deepEqual(
      [exitCode, code, first?.replaceAll(/web-[a-z0-9]+(-[a-z0-9]+)?/g, 'WEB')],
      [
        12,
        'writers-not-stopped',
        'after 8 s these pods still hold the claim: WEB (terminating on localhost, of ReplicaSet/WEB, finalizers nkvm.dev/test, its containers may take 600 s to end)',
      ],
    );
    assert.deepEqual(left, ['Deployment/web at 1', 'PersistentVolumeClaim/data']);
  },
);

clusterTest('[writers-not-stopped] a preStop hook that hangs is named', async (scene) => {
  const { shop } = scene;
  const lifecycle = { preStop: { exec: { command: ['sleep', '600'] } } };
  const { backup, pod } = await writing(scene, {
    container: { lifecycle },
    pod: { terminationGracePeriodSeconds: 600 },
  });
  const { exitCode, code, message } = await failedRestore(scene, backup, ['--quiesce-timeout', '8s']);
  assert.deepEqual([exitCode, code], [12, 'writers-not-stopped']);
  assert.match(
    message,
    new RegExp(
      `${pod} \\(terminating .*, its containers may take 600 s to end, with a preStop hook in app\\)\n`,
    ),
  );
  assert.match(message, new RegExp(`${pod}: Killing: Stopping container app`));
  await clear(shop);
});

clusterTest('a ReadWriteOnce volume is waited for until another node has let it go', async (scene) => {
  const { t, shop, operator } = scene;
  const { backup } = await writing(scene, {});
  const name = `${shop.name}-attached`;
  const source = { persistentVolumeName: `${shop.name}-data` };
  const spec = { attacher: 'test.nkvm.dev', nodeName: 'elsewhere', source };
  const attachment = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name }, spec };
  const remove = () => kubectl(['delete', 'volumeattachment', name, '--ignore-not-found']);
  t.after(remove);
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(attachment) });
  const failed = await failedRestore(scene, backup, ['--quiesce-timeout', '12s']);
  assert.deepEqual(
    [failed.code, failed.message],
    [
      'writers-not-stopped',
      'after 12 s the volume is still attached to node elsewhere, where nobody uses it',
    ],
  );
  const waiting = operator.start(restoreArgs(scene, backup));
  await waiting.until('waiting for the volume to be detached from node elsewhere');
  await remove();
  const { exitCode, stderr } = await waiting.exited;
  assert.equal(exitCode, 0, stderr);
});

/** Before the namespace goes, which would wait for what takes its time. */
async function clear(shop: TestNamespace): Promise<void> {
  await shop.kubectl(['delete', 'deployments,replicasets', '--all', '--cascade=orphan']);
  await shop.kubectl(['delete', 'pods', '--all', '--force', '--grace-period=0']);
}

async function writing(
  { shop, app }: Scene,
  { container, pod = {} }: Pick<WorkloadOptions, 'container' | 'pod'>,
): Promise<{ readonly backup: FiledBackup; readonly pod: string }> {
  const backup = await app.backUp(await shop.claim('data'));
  await shop.apply(deployment('web', { claims: ['data'], pod, ...(container && { container }) }));
  await shop.rolledOut('deployment/web');
  const [found] = await shop.list('pods');
  return { backup, pod: found?.metadata.name ?? '' };
}
