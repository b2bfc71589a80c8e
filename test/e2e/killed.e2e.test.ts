/** SIGKILL in every step: `cleanup` and `cleanup --resume` on another machine bring about what a signal would have. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, restoreArgs, steady } from '../support/failed-restore.ts';
import { Operator } from '../support/plugin.ts';
import { openShop, type Shop, type StoppingPoint, stoppingPoints } from '../support/stopping-points.ts';

const claim = 'PersistentVolumeClaim/orders-data';
const stopped = 'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN';
const running = 'Deployment/orders at 2';
const pod = 'Pod/nkvm-restore-RUN';
const marked = `${claim} half-written-by=RUN half-written-since=TIME`;

interface Left {
  /** Right after the death. */
  readonly killed: readonly string[];
  readonly cleaned: readonly string[];
  readonly resumed: readonly string[];
}

const nothing: Left = { killed: [running, claim], cleaned: [running, claim], resumed: [running, claim] };
const inPod: Left = { killed: [stopped, claim, pod], cleaned: [stopped, claim], resumed: [running, claim] };

const left: Readonly<Record<string, Left>> = {
  'step 2, while pods stop': { ...inPod, killed: [stopped, claim] },
  'step 3, while the restore pod starts': inPod,
  'step 4, with half of the archive sent': {
    killed: [stopped, marked, pod],
    cleaned: [stopped, marked],
    resumed: [running, marked],
  },
  'step 5.1, while the volume is read back': {
    killed: [stopped, marked, pod],
    cleaned: [stopped, marked],
    resumed: [running, marked],
  },
  'step 5.2, while a check runs': inPod,
  'step 6, while the restore pod goes': inPod,
};

for (const point of stoppingPoints) {
  clusterTest(`a run killed in ${point.title} is cleaned up from another machine`, async (scene) => {
    const shop = await openShop(scene, point);
    try {
      await killAndMend(shop, point);
    } finally {
      await point.clear?.(shop);
    }
  });
}

clusterTest('what somebody scaled up after a run was killed keeps their replicas', async (scene) => {
  const { t, shop } = scene;
  const place = await openShop(scene, {});
  const run = scene.operator.start(restoreArgs(place, place.backup, '--check', 'sleep 600'));
  await run.until('Step 5.2: ');
  run.kill('SIGKILL');
  await run.exited;
  await shop.kubectl(['delete', 'leases', '--all']);
  await shop.kubectl(['scale', 'deployment/orders', '--replicas=3']);

  const { exitCode, stderr } = await new Operator(t).run(restoreArgs(place, place.backup));

  assert.deepEqual([exitCode, await leftOn(shop)], [0, ['Deployment/orders at 3', claim]], stderr);
  assert.match(
    steady(shop, stderr),
    /scale deployment\/orders from 3 to 0, later to 3, started again since unfinished run RUN\n/,
  );
});

async function killAndMend(shop: Shop, point: StoppingPoint): Promise<void> {
  const expected = left[point.title] ?? nothing;
  const restore = await point.begin(shop, shop.operator);
  restore.kill('SIGKILL');
  await restore.exited;
  const killed = await leftOn(shop.shop);
  await point.release?.(shop);
  const other = new Operator(shop.t);
  const namespace = ['-n', shop.shop.name];

  // It was seen less than a minute ago: --force says that it is dead.
  const { exitCode: cleaning } = await other.run(['cleanup', '--force', ...namespace]);
  const cleaned = await leftOn(shop.shop);
  const { exitCode: resuming } = await other.run(['cleanup', '--resume', ...namespace]);
  const resumed = await leftOn(shop.shop);

  assert.deepEqual(
    { killed, cleaning, cleaned, resuming, resumed },
    { ...expected, cleaning: 0, resuming: 0 },
  );
  const isRecorded = point.hasRecord !== false;
  assert.deepEqual(
    shop.operator.records().map(({ outcome }) => outcome),
    isRecorded ? ['running'] : [],
  );
}
