/** Ctrl-C and its like in every step: what is left is what the contract says, and the next command mends the rest. */
import assert from 'node:assert/strict';
import type { RestoreRecord } from '../../src/record/restore-record.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { leftOn, nextOfHalfWritten, restoreArgs, steady } from '../support/failed-restore.ts';
import { Operator } from '../support/plugin.ts';
import { openShop, type Shop, type StoppingPoint, stoppingPoints } from '../support/stopping-points.ts';
import { statefulSet } from '../support/workloads.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;

const claim = 'PersistentVolumeClaim/orders-data';
const stopped = 'Deployment/orders at 0 claim=orders-data earlier={"spec":{"replicas":2}} run=RUN';
const running = 'Deployment/orders at 2';
const marksClaim = 'persistentvolumeclaim/orders-data';
const marked = `${claim} half-written-by=RUN half-written-since=TIME`;

const left: Readonly<Record<StoppingPoint['left'], readonly string[]>> = {
  'as found': [running, claim],
  'half-written': [stopped, marked],
  verified: [stopped, claim],
  resumed: [running, claim],
};

const said: Readonly<Record<StoppingPoint['left'], string>> = {
  'as found': 'nothing was written, the workload has its earlier state back',
  'half-written': 'writers stay stopped, data may be half-written',
  verified: 'writers stay stopped, the data is verified',
  resumed: 'deployment/orders stays resumed, its rollout was not awaited',
};

for (const point of stoppingPoints) {
  clusterTest(`a signal in ${point.title} leaves things ${point.left}`, async (scene) => {
    const shop = await openShop(scene, point);
    try {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) await interrupt(shop, point, signal);
    } finally {
      await point.clear?.(shop);
    }
  });
}

clusterTest('a signal while the rollout is awaited says what still waits for it', async (scene) => {
  const { shop, app, operator } = scene;
  const folder = await shop.volume('data-db-0');
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
  const container = { readinessProbe: { exec: { command: ['false'] } } };
  await shop.apply(statefulSet('db', { container, spec: { persistentVolumeClaimRetentionPolicy } }));
  await shop.kubectl(['wait', 'pod/db-0', '--for=jsonpath={.status.phase}=Running', '--timeout=60s']);
  const { uid } = (await shop.get('pvc/data-db-0')).metadata;
  const backup = await app.backUp({ namespace: shop.name, name: 'data-db-0', uid, folder });

  const restore = operator.start(restoreArgs(scene, backup, '--retain-claims'));
  await restore.until('0 of 1 replicas are ready');
  restore.kill('SIGINT');
  const { exitCode, stderr } = await restore.exited;
  const [record] = operator.records();
  const given = await operator.run(['cleanup', record?.run ?? '', '--resume', '-n', shop.name]);

  const kept = 'statefulset/db keeps whenScaled: Retain (was Delete)';
  assert.deepEqual([exitCode, record?.leftBehind, given.exitCode], [130, [kept], 0], stderr);
  assert.ok(steady(shop, stderr).endsWith('next:\n  kubectl nkvm cleanup RUN --resume -n NS\n'), stderr);
  assert.deepEqual(
    (await shop.get('statefulset/db')).spec?.['persistentVolumeClaimRetentionPolicy'],
    persistentVolumeClaimRetentionPolicy,
  );
});

async function interrupt(shop: Shop, point: StoppingPoint, signal: keyof typeof exitCodes): Promise<void> {
  const operator = new Operator(shop.t);
  const restore = await point.begin(shop, operator);

  restore.kill(signal);
  await point.release?.(shop);
  const { exitCode, stdout, stderr } = await restore.exited;

  const name = /\d{14}-\w{5}/.exec(stderr)?.[0] ?? '';
  const records = operator.records().map((record) => outcomeOf(shop, record));
  const expected = point.hasRecord === false ? [] : [expectedOutcome(point, signal)];
  assert.deepEqual(
    { exitCode, left: await leftOn(shop.shop), records },
    { exitCode: exitCodes[signal], left: left[point.left], records: expected },
    stderr,
  );
  assert.equal((JSON.parse(stdout) as RestoreRecord).outcome, 'interrupted');
  await mendFromElsewhere(shop, name);
}

function outcomeOf(
  { shop, app }: Shop,
  { outcome, error, leftBehind, steps, workloads, verification }: RestoreRecord,
) {
  return {
    outcome,
    code: error?.code,
    message: steady(shop, error?.message ?? '')
      .replaceAll(app.catalog, 'CATALOG')
      .replaceAll(/ --server \S+/g, ''),
    leftBehind,
    interrupted: steps.filter((one) => one.outcome === 'interrupted').map(({ step }) => step),
    cleanedUp: steps.some(({ step, outcome: how }) => step === '6' && how === 'done'),
    workloads: workloads.map(({ replicasBefore, replicasAfter }) => ({ replicasBefore, replicasAfter })),
    verified: verification.outcome,
  };
}

function expectedOutcome({ left: what, step }: StoppingPoint, signal: string): ReturnType<typeof outcomeOf> {
  const commands: Partial<Record<StoppingPoint['left'], readonly string[]>> = {
    'half-written': nextOfHalfWritten(1),
    verified: ['kubectl nkvm cleanup RUN --resume -n NS'],
  };
  const next = what in commands ? `\nnext: ${commands[what]?.join('\n      ')}` : '';
  const after = what === 'resumed' ? 2 : what === 'as found' ? 2 : 0;
  return {
    outcome: 'interrupted',
    code: 'interrupted',
    message: `interrupted by ${signal}; ${said[what]}${next}`,
    leftBehind: what === 'half-written' ? [`annotation nkvm.dev/half-written-since on ${marksClaim}`] : [],
    interrupted: step === undefined ? [] : [step],
    cleanedUp: true,
    workloads: [{ replicasBefore: 2, replicasAfter: after }],
    verified: what === 'verified' || what === 'resumed' ? 'identical' : 'not-done',
  };
}

/** On another machine, with nothing but the run's name. */
async function mendFromElsewhere({ t, shop }: Shop, name: string): Promise<void> {
  const other = new Operator(t);
  const { exitCode } = await other.run(['cleanup', name, '--resume', '-n', shop.name]);
  const [deployment] = await leftOn(shop);
  assert.deepEqual({ exitCode, deployment }, { exitCode: 0, deployment: running });
}
