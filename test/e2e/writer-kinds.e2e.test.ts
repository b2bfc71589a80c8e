/** Every kind of writer: stopped, kept stopped while the data lands, and given back exactly what it had. */
import assert from 'node:assert/strict';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import { steadyLocks } from '../support/locks.ts';
import { type TestNamespace, until } from '../support/namespace.ts';
import { cronJob, daemonSet, job, replicaSet, replicationController } from '../support/other-workloads.ts';
import { Operator } from '../support/plugin.ts';
import { clusterState, type ObjectState } from '../support/volume-state.ts';
import { deployment, statefulSet } from '../support/workloads.ts';

const kinds = 'deployments,statefulsets,replicationcontrollers,daemonsets,jobs,cronjobs,replicasets';
const claims = ['shared'];

clusterTest('every kind is stopped, and gets back exactly what it had', async (scene) => {
  const { shop, operator } = scene;
  const backup = await writtenByAll(scene);
  const before = await ownState(shop);
  const restored = await operator.run(restoreArgs(scene, backup));
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.deepEqual(await ownState(shop), before);
  assert.deepEqual(changesOf(restored.stderr), {
    stopped: [
      'cronjob/nightly suspended',
      'cronjob/yearly is suspended already',
      'daemonset/agent kept off all nodes',
      'deployment/web scaled from 2 to 0',
      'job/import suspended',
      'replicaset/old scaled from 2 to 0',
      'replicationcontroller/older scaled from 1 to 0',
      'statefulset/db scaled from 1 to 0',
    ],
    back: [
      'statefulset/db resumed to 1 replica',
      'replicationcontroller/older resumed to 1 replica',
      'replicaset/old resumed to 2 replicas',
      'job/import resumed',
      'deployment/web resumed to 2 replicas',
      'daemonset/agent back on its nodes',
      'cronjob/yearly left suspended, as found',
      'cronjob/nightly resumed',
    ],
  });
  const caughtUp =
    'cronjob/nightly starts a Job as soon as it is resumed if its schedule (0 0 1 1 *) came due meanwhile';
  assert.equal(restored.stderr.split(`\n  ${caughtUp}\n`).length, 2, restored.stderr);
  const { workloads, stopped, notes } = recordOf(restored.stdout);
  assert.deepEqual(notes.slice(-1), [caughtUp]);
  assert.deepEqual(
    workloads.map(({ name, replicasBefore, replicasAfter }) => [name, replicasBefore, replicasAfter]),
    [
      ['web', 2, 2],
      ['old', 2, 2],
      ['older', 1, 1],
      ['db', 1, 1],
    ],
  );
  const running = { namespace: shop.name, before: 'running', after: 'running' };
  assert.deepEqual(stopped, [
    { kind: 'CronJob', name: 'nightly', change: 'suspended', ...running },
    { kind: 'CronJob', name: 'yearly', change: 'suspended', ...running, before: 'stopped', after: 'stopped' },
    { kind: 'DaemonSet', name: 'agent', change: 'kept off all nodes', ...running },
    { kind: 'Job', name: 'import', change: 'suspended', ...running },
  ]);
});

clusterTest('a held run of every kind is given back by another machine alone', async (scene) => {
  const { t, shop, operator } = scene;
  const backup = await writtenByAll(scene);
  const before = await ownState(shop);
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  assert.equal(held.exitCode, 0, held.stderr);
  const { run } = recordOf(held.stdout);
  assert.deepEqual(await shop.list('pods', '--field-selector=status.phase!=Succeeded'), []);
  const given = await new Operator(t).run(['cleanup', run, '--resume', '-n', shop.name]);
  assert.equal(given.exitCode, 0, given.stderr);
  assert.deepEqual(steadyLocks(shop, given.stdout).trimEnd().split('\n'), [
    'statefulset/db resumed to 1 replica',
    'replicationcontroller/older resumed to 1 replica',
    'replicaset/old resumed to 2 replicas',
    'job/import resumed',
    'deployment/web resumed to 2 replicas',
    'daemonset/agent back on its nodes',
    'cronjob/yearly left suspended, as found',
    'cronjob/nightly resumed',
    'lease/LOCK deleted',
  ]);
  assert.deepEqual(await ownState(shop), before);
});

clusterTest('what somebody changed while a run was held is left as it is, and said', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('shared'));
  await shop.apply(
    cronJob('nightly', { claims }),
    daemonSet('agent', { claims }),
    replicaSet('old', { claims, replicas: 2 }),
  );
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);
  const merge = (ref: string, patch: object) =>
    shop.kubectl(['patch', ref, '--type=merge', '-p', JSON.stringify(patch)]);
  const nodeSelector = { 'nkvm.dev/none': null, disk: 'fast' };
  await merge('cronjob/nightly', { spec: { suspend: false } });
  await merge('daemonset/agent', { spec: { template: { spec: { nodeSelector } } } });
  await merge('replicaset/old', { spec: { replicas: 1 } });
  const changed = await clusterState(shop, kinds);
  const given = await operator.run(['cleanup', run, '--resume', '-n', shop.name]);
  assert.deepEqual(
    [given.exitCode, steadyLocks(shop, given.stdout).trimEnd().split('\n')],
    [
      0,
      [
        'replicaset/old left at 1 replica, as somebody scaled it (recorded: 2)',
        'daemonset/agent left as somebody changed it',
        'cronjob/nightly left as somebody changed it',
        'lease/LOCK deleted',
      ],
    ],
  );
  assert.deepEqual(specsOf(await clusterState(shop, kinds)), specsOf(changed));
  assert.deepEqual(await records(shop), []);
});

clusterTest('a run takes over what an unfinished one has recorded, not what it left', async (scene) => {
  const { shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('shared'));
  await shop.apply(
    cronJob('nightly', { claims }),
    daemonSet('agent', { claims }),
    replicaSet('old', { claims, replicas: 2 }),
  );
  const before = await ownState(shop);
  const failing = ['--keep-stopped', '--helper-image', 'nkvm.local/none:1', '--pod-timeout', '2s'];
  const first = await operator.run(restoreArgs(scene, backup, ...failing));
  assert.equal(first.exitCode, 13, first.stderr);
  const { run } = recordOf(first.stdout);
  const second = await operator.run(restoreArgs(scene, backup));
  assert.equal(second.exitCode, 0, second.stderr);
  const { workloads, stopped = [] } = recordOf(second.stdout);
  assert.deepEqual(
    [...workloads, ...stopped].map(({ name, takenOverFrom }) => [name, takenOverFrom]),
    [
      ['old', run],
      ['nightly', run],
      ['agent', run],
    ],
  );
  assert.deepEqual(await ownState(shop), before);
});

/** One of each kind, all of them writing to `shared`, of which there is a backup. */
async function writtenByAll({ shop, app }: Scene): Promise<FiledBackup> {
  await shop.volume('data-db-0');
  const backup = await app.backUp(await shop.claim('shared'));
  await shop.apply(
    deployment('web', { claims, replicas: 2 }),
    statefulSet('db', { claims }),
    replicaSet('old', { claims, replicas: 2 }),
    replicationController('older', { claims }),
    daemonSet('agent', { claims }),
    job('import', { claims }),
    cronJob('nightly', { claims }),
    cronJob('yearly', { claims, suspend: true }),
  );
  const pods = 2 + 1 + 2 + 1 + 1 + 1;
  await until(async () => (await shop.list('pods', '--field-selector=status.phase=Running')).length === pods);
  return backup;
}

/** Without what the API server itself counts in an annotation. */
async function ownState(shop: TestNamespace): Promise<Readonly<Record<string, ObjectState>>> {
  const state = Object.entries(await clusterState(shop, kinds));
  const owned = await shop.list('replicasets');
  const copies = owned
    .filter(({ metadata }) => 'ownerReferences' in metadata)
    .map(({ metadata }) => metadata.name);
  return Object.fromEntries(
    state
      .filter(([name]) => !copies.some((copy) => name === `ReplicaSet/${copy}`))
      .map(([name, { annotations, ...rest }]) => {
        const { 'deprecated.daemonset.template.generation': _, ...own } = annotations;
        return [name, { ...rest, annotations: own }];
      }),
  );
}

function specsOf(state: Readonly<Record<string, ObjectState>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(state).map(([name, { spec }]) => [name, spec]));
}

/** Everything of this tool that stands on the objects. */
async function records(shop: TestNamespace): Promise<readonly string[]> {
  const objects = Object.values(await ownState(shop));
  return objects.flatMap(({ annotations }) =>
    Object.keys(annotations).filter((key) => key.startsWith('nkvm.dev/')),
  );
}

/** What stderr says of step 2 and of step 5.3, in its order. */
function changesOf(stderr: string): {
  readonly stopped: readonly string[];
  readonly back: readonly string[];
} {
  const lines = stderr.split('\n').map((line) => line.trim());
  const after = (heading: string) => lines.slice(lines.findIndex((line) => line.startsWith(heading)) + 1);
  const changes = (of: readonly string[]) => {
    const end = of.findIndex((line) => !/^[a-z]+\/[a-z]+ (?!starts)/.test(line));
    return of.slice(0, end);
  };
  return { stopped: changes(after('Step 2: ')), back: changes(after('Step 5.3: ')) };
}
