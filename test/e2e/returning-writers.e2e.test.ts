/** Writers that something starts again after step 2: the run stops at once, and says what brought them back. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApiProxy } from '../support/api-proxy.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf, leftOn, nextOfHalfWritten, restoreArgs } from '../support/failed-restore.ts';
import type { RunningPlugin } from '../support/plugin.ts';
import { openShop } from '../support/stopping-points.ts';
import { apiServer, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { statefulSet } from '../support/workloads.ts';

const marked = 'half-written-by=RUN half-written-since=TIME';
const record = (replicas: number) => `claim=orders-data earlier={"spec":{"replicas":${replicas}}} run=RUN`;

clusterTest('a writer that comes back while the restore pod starts stops the run', async (scene) => {
  const { shop, operator } = scene;
  const { claim, backup } = await openShop(scene, {});
  const running = operator.start(restoreArgs(scene, backup, ...waitingPod));
  await running.until(/pod\/nkvm-restore-\S+ created/);

  await shop.kubectl(['scale', 'deployment/orders', '--replicas=1']);

  assert.deepEqual(
    { ...(await failed(scene, running)), left: await leftOn(shop) },
    {
      exitCode: 12,
      code: 'writer-returned',
      step: 2,
      message: 'deployment/orders was put back: spec.replicas is 1 again, by kubectl (Update of scale)',
      next: ['kubectl -n NS get deployment/orders -o yaml --show-managed-fields'],
      // What somebody else gave it is left as it is.
      left: ['Deployment/orders at 1', 'PersistentVolumeClaim/orders-data'],
    },
  );
  writeFileSync(join(claim.folder, 'go'), '');
  assert.deepEqual(readdirSync(claim.folder).sort(), ['go', 'orders.log']);
});

clusterTest(
  '[writer-returned] a controller that scales up again ends the transfer at once',
  async (scene) => {
    const { shop } = scene;
    const { backup } = await openShop(scene, { backup: 8 });
    const { running } = await halfway(scene, backup);

    const patch = JSON.stringify({ spec: { replicas: 2 } });
    const manager = '--field-manager=argocd-controller';
    await shop.kubectl(['patch', 'deployment/orders', '--type=merge', manager, '-p', patch]);

    assert.deepEqual(
      { ...(await failed(scene, running)), left: await leftOn(shop) },
      {
        exitCode: 12,
        code: 'writer-returned',
        step: 2,
        message:
          'deployment/orders was put back: spec.replicas is 2 again, by argocd-controller (Update, TIME)',
        next: [
          'kubectl -n NS get deployment/orders -o yaml --show-managed-fields',
          ...nextOfHalfWritten(1, '', ' --server SERVER'),
        ],
        left: [`Deployment/orders at 2 ${record(2)}`, `PersistentVolumeClaim/orders-data ${marked}`],
      },
    );
  },
);

clusterTest('a pod that somebody makes with the claim ends the transfer at once', async (scene) => {
  const { shop } = scene;
  const { backup } = await openShop(scene, { backup: 8 });
  const { running } = await halfway(scene, backup);

  await shop.kubectl(['create', '-f', '-'], { input: JSON.stringify(intruder) });

  const { exitCode, message } = await failed(scene, running);
  assert.deepEqual(
    { exitCode, message, left: await leftOn(shop) },
    {
      exitCode: 12,
      message: 'pod/intruder came back with orders-data: made by kubectl-create (Update, TIME)',
      left: [`Deployment/orders at 0 ${record(2)}`, `PersistentVolumeClaim/orders-data ${marked}`],
    },
  );
});

clusterTest('a StatefulSet that is put back ends the transfer at once', async (scene) => {
  const { shop, app } = scene;
  const claim = await shop.claim('data-db-0');
  await shop.apply(statefulSet('db', { replicas: 1 }));
  await shop.rolledOut('statefulset/db');
  const backup = await app.fileBig(claim, { mebibytes: 8 });
  const { running } = await halfway(scene, backup);

  await shop.kubectl(['scale', 'statefulset/db', '--replicas=1']);

  const { exitCode, message } = await failed(scene, running);
  assert.deepEqual(
    { exitCode, message },
    {
      exitCode: 12,
      message: 'statefulset/db was put back: spec.replicas is 1 again, by kubectl (Update of scale)',
    },
  );
});

clusterTest('what happens while the connection is gone is seen when it is back', async (scene) => {
  const { shop } = scene;
  const { backup } = await openShop(scene, { backup: 16 });
  const { running, proxy } = await halfway(scene, backup);
  proxy.stall();
  proxy.cut();
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=2']);
  await shop.rolledOut('deployment/orders');

  proxy.release();
  // Slowly, so that the transfer is not over before anybody can see.
  proxy.throttle(256 * 1024);

  const { exitCode, code } = await failed(scene, running);
  assert.deepEqual([exitCode, code], [12, 'writer-returned'], running.stderr);
});

clusterTest('what a watch misses because the server has forgotten its version is listed', async (scene) => {
  const { shop, operator } = scene;
  const { backup } = await openShop(scene, {});
  const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let forgotten: string | null = null;
  const { kubeconfig } = await startApiProxy(scene.t, {
    onRequest: async ({ access, query }) => {
      if (access?.verb !== 'watch') return true;
      // Its pods would tell as well.
      if (access.resource !== 'deployments') return false;
      forgotten ??= query.get('resourceVersion');
      if (query.get('resourceVersion') !== forgotten) return true;
      reached.resolve();
      await go.promise;
      return expired;
    },
  });
  const args = restoreArgs(scene, backup, ...waitingPod);
  const running = operator.start(args, { env: { KUBECONFIG: kubeconfig } });
  await Promise.race([reached.promise, running.exited]);
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=1']);

  go.resolve();

  const { exitCode, code, message } = await failed(scene, running);
  assert.deepEqual(
    { exitCode, code, message },
    {
      exitCode: 12,
      code: 'writer-returned',
      message: 'deployment/orders was put back: spec.replicas is 1 again, by kubectl (Update of scale)',
    },
    running.stderr,
  );
});

/** How an API server (v1.34.4) begins a watch from a version that it no longer has. */
const expired = `${JSON.stringify({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'too old resource version: 1 (261)',
    reason: 'Expired',
    code: 410,
  },
})}\n`;

/** Of a restore pod that starts when there is a file `go` in the volume. */
const waitingPod = [
  '--overrides',
  JSON.stringify({
    spec: {
      initContainers: [
        {
          name: 'wait',
          image: 'nkvm.local/busybox:1',
          command: ['sh', '-c', 'until [ -e /restore/go ]; do sleep 0.2; done'],
          volumeMounts: [{ name: 'target', mountPath: '/restore' }],
        },
      ],
    },
  }),
];

const intruder = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'intruder' },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'app',
        image: 'nkvm.local/pause:1',
        imagePullPolicy: 'IfNotPresent',
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'orders-data' } }],
  },
};

/** A restore with half of its archive sent, which stays there. */
async function halfway(
  scene: Scene,
  backup: { readonly id: string },
): Promise<{ running: RunningPlugin; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(scene.t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const running = scene.operator.start(restoreArgs(scene, backup, '--server', proxy.server));
  await Promise.race([proxy.held, running.until('Step 5')]);
  return { running, proxy };
}

async function failed(scene: Scene, running: RunningPlugin): Promise<ReturnType<typeof failureOf>> {
  const failure = failureOf(scene, await running.exited);
  const next = failure.next.map((line) => line.replace(/--server \S+/, '--server SERVER'));
  return { ...failure, next };
}
