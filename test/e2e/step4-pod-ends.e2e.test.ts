/** A restore pod that ends in the middle of step 4, and one whose operator is gone. */
import assert from 'node:assert/strict';
import { root } from '../../src/domain/pod-identity.ts';
import { restorePod } from '../../src/domain/restore-pod.ts';
import type { RunId } from '../../src/domain/run.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf, leftOn, restoreArgs, runPod, steady } from '../support/failed-restore.ts';
import { until } from '../support/namespace.ts';
import type { RunningPlugin } from '../support/plugin.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { deployment } from '../support/workloads.ts';

const stopped = 'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN';
const marked = 'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME';

clusterTest('[copy-failed] a pod that the kubelet ends is told in the kubelet’s words', async (scene) => {
  const { running } = await halfWay(scene, { spec: { activeDeadlineSeconds: 25 } });
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.match(
    message,
    /^pod\/nkvm-restore-RUN ended \(Failed\): DeadlineExceeded; Pod was active on the node longer than the specified deadline/,
  );
  assert.deepEqual({ exitCode, code, step }, { exitCode: 14, code: 'copy-failed', step: 4 });
  assert.deepEqual(await leftOn(scene.shop), [stopped, marked]);
});

clusterTest('[copy-failed] an evicted pod is told as evicted', async (scene) => {
  const { shop } = scene;
  // Else it might be gone before it is asked.
  const { running } = await halfWay(scene, { metadata: { finalizers: ['nkvm.dev/test'] } });
  const name = (await runPod(shop)).replace('pod/', '');
  const url = `/api/v1/namespaces/${shop.name}/pods/${name}/eviction`;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: shop.name } };
  await shop.kubectl(['create', '--raw', url, '-f', '-'], { input: JSON.stringify(eviction) });
  await running.until('Step 6: ');
  await shop.kubectl(['patch', `pod/${name}`, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.match(
    message,
    /^pod\/nkvm-restore-RUN (is being deleted|ended \(\w+\)): EvictionByEvictionAPI, Eviction API: evicting/,
  );
  assert.deepEqual({ exitCode, code, step }, { exitCode: 14, code: 'copy-failed', step: 4 });
  assert.deepEqual(await leftOn(shop), [stopped, marked]);
});

clusterTest('[copy-failed] a pod that the node evicts for want of its disk says so', async (scene) => {
  const { shop } = scene;
  const resources = { limits: { 'ephemeral-storage': '1Mi' } };
  const containers = containersOf(180).map((container) => ({ ...container, resources }));
  const { running } = await halfWay(scene, { spec: { containers } });
  // What a container logs is on the node's disk too.
  const log = 'head -c 4000000 /dev/zero | tr "\\0" x | fold >/proc/1/fd/1';
  // It may be evicted before that is done.
  await shop.kubectl(['exec', await runPod(shop), '--', 'sh', '-c', log]).catch(() => undefined);
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.match(message, /^pod\/nkvm-restore-RUN ended \(Failed\): .*Evicted; .*ephemeral local storage/);
  assert.deepEqual({ exitCode, code, step }, { exitCode: 14, code: 'copy-failed', step: 4 });
  assert.deepEqual(await leftOn(shop), [stopped, marked]);
});

clusterTest('[copy-failed] a pod that is taken away by force is told as gone', async (scene) => {
  const { shop } = scene;
  const { running, release } = await halfWay(scene, {});
  await shop.kubectl(['delete', await runPod(shop), '--force', '--grace-period=0']);
  release();
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.deepEqual(
    { exitCode, code, step, message },
    {
      exitCode: 14,
      code: 'copy-failed',
      step: 4,
      message: 'pod/nkvm-restore-RUN is gone: something deleted it',
    },
  );
  assert.deepEqual(await leftOn(shop), [stopped, marked]);
});

clusterTest('[copy-failed] a container that was restarted is not gone on with', async (scene) => {
  const { shop } = scene;
  const { running, release } = await halfWay(scene, { spec: { restartPolicy: 'Always' } });
  const pod = await runPod(shop);
  // The exec dies with the container.
  await shop.kubectl(['exec', pod, '--', 'kill', '1']).catch(() => undefined);
  release();
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.match(message, /^pod\/nkvm-restore-RUN lost what it had: its container restore-helper/);
  assert.deepEqual({ exitCode, code, step }, { exitCode: 14, code: 'copy-failed', step: 4 });
  assert.deepEqual(await leftOn(shop), [stopped, marked]);
});

clusterTest('[copy-failed] tar that is ended from outside is not taken for a restore', async (scene) => {
  const { shop } = scene;
  const { running, release } = await halfWay(scene, {});
  const pod = await runPod(shop);
  // What the kernel does for lack of memory: the process and no word.
  await shop.kubectl([
    'exec',
    pod,
    '--',
    'sh',
    '-c',
    'kill -9 "$(cat /nkvm/extract/pid)"; kill -9 $(pidof tar)',
  ]);
  release();
  const { exitCode, code, step, message } = failureOf(scene, await running.exited);
  assert.match(message, /^something ended tar in the restore pod after \d+ bytes \(out of memory\?\)/);
  assert.deepEqual({ exitCode, code, step }, { exitCode: 14, code: 'copy-failed', step: 4 });
  assert.deepEqual(await leftOn(shop), [stopped, marked]);
});

clusterTest(
  'a pod whose operator is gone ends itself, writers down and the state on the workload',
  async (scene) => {
    const { shop } = scene;
    const { running } = await halfWay(scene, { spec: { containers: containersOf(20) } });
    running.kill('SIGKILL');
    await running.exited;
    const status = async (): Promise<string> =>
      shop.kubectl(['get', 'pods', '-l', 'nkvm.dev/run', '-o', 'jsonpath={.items[0].status}']);
    await until(async () => (await status()).includes('"phase":"Failed"'), 180);
    const { containerStatuses } = JSON.parse(await status());
    const { exitCode, message } = containerStatuses[0].state.terminated;
    assert.deepEqual(
      { exitCode, message: steady(shop, message).trim(), left: await leftOn(shop) },
      {
        exitCode: 75,
        message: 'kubectl nkvm gave no sign of life for 20 s; its last was at TIME',
        left: [stopped, marked, 'Pod/nkvm-restore-RUN'],
      },
    );
  },
);

/** The containers of the pod as it is, with a lease of so many seconds. */
function containersOf(leaseSeconds: number): readonly object[] {
  const claim = { namespace: 'any', name: 'data', uid: '0' };
  const others = {
    image: 'nkvm.local/busybox:1',
    purpose: 'restore',
    heartbeat: new Date(0),
    operator: 'any',
    identity: root,
    placement: {},
  } as const;
  const manifest = restorePod({ run: 'any' as RunId, claim, ...others, leaseSeconds });
  return (manifest['spec'] as { readonly containers: readonly object[] }).containers;
}

interface HalfWay {
  readonly running: RunningPlugin;
  readonly release: () => void;
}

/** A restore of 16 MiB of which 4 have gone; `changes` are merged into its pod. */
async function halfWay(scene: Scene, changes: object): Promise<HalfWay> {
  const { t, shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.fileBig(claim, { mebibytes: 16 });
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  const proxy = await startTcpProxy(t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const overrides = JSON.stringify(changes);
  const running = operator.start(
    restoreArgs(scene, backup, '--server', proxy.server, '--overrides', overrides),
  );
  await Promise.race([proxy.held, running.exited]);
  return { running, release: () => proxy.release() };
}
