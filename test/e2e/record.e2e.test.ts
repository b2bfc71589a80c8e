import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import type { PluginResult } from '../support/plugin.ts';
import { deployment } from '../support/workloads.ts';

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

clusterTest('the incident record says what was restored where, by whom and how it ended', async (scene) => {
  const { shop, claim, backup, operator, restore } = await orders(scene);
  const identity = JSON.parse(await shop.kubectl(['config', 'view', '--minify', '-o', 'json']));
  const flags = [
    '--reason',
    'INC-7: wrong migration',
    '--operator',
    'ada',
    '--check',
    'grep -q one order',
    '--check-app',
    'exit 0',
  ];

  const restored = await restore(...flags, '-o', 'json');

  const printed = oneDocument(restored);
  assert.deepEqual(operator.records(), [printed]);
  const { run, startedAt, finishedAt, steps, archive, ...rest } = printed;
  assert.match(run, /^\d{14}-[a-z0-9]{5}$/);
  assert.match(startedAt, time);
  assert.match(finishedAt, time);
  const expectedSteps = ['2', '3', '4', '5.1', '5.2', '5.3', '5.4', '6'];
  assert.deepEqual(
    steps.map(({ step, outcome }: { step: string; outcome: string }) => [step, outcome]),
    expectedSteps.map((step) => [step, 'done']),
  );
  for (const step of steps) assert.match(`${step.startedAt} ${step.finishedAt}`, /^\S+Z \S+Z$/);
  const { path, sha256 } = backup;
  assert.deepEqual(archive, {
    path,
    sha256,
    sizeBytes: statSync(path).size,
    members: 2,
    contentBytes: 3,
    vouched: true,
  });
  assert.deepEqual(rest, {
    apiVersion: 'nkvm.dev/v1',
    kind: 'RestoreRecord',
    tool: { name: 'kubectl-nkvm', version: packageJson.version },
    outcome: 'restored',
    cluster: {
      context: identity['current-context'],
      name: identity.clusters[0].name,
      server: identity.clusters[0].cluster.server,
    },
    claim: {
      namespace: shop.name,
      name: 'orders-data',
      uid: claim.uid,
      backedUpUid: claim.uid,
      sameClaim: true,
    },
    backup: {
      id: backup.id,
      namespace: shop.name,
      pvc: 'orders-data',
      createdAt: backup.createdAt,
      catalog: join(scene.app.folder, 'data', 'backups.db'),
    },
    ownership: { owner: 'archive', runsAs: { uid: 0, gid: 0 } },
    authenticatedAs: JSON.parse(await shop.kubectl(['auth', 'whoami', '-o', 'json'])).status.userInfo
      .username,
    operator: 'ada',
    reason: 'INC-7: wrong migration',
    workloads: [{ kind: 'Deployment', name: 'orders', replicasBefore: 1, replicasAfter: 1 }],
    merge: { created: 0, overwritten: 1, overwrittenNewer: 0, extraFiles: 1 },
    transfer: { wire: 'gzip', bytes: statSync(path).size, reconnects: 0 },
    verification: {
      outcome: 'identical',
      members: 2,
      contentBytes: 3,
      differences: 0,
      firstDifferences: [],
      extraFiles: 1,
      rollout: 'awaited',
    },
    applicationChecks: [
      { where: 'restore-pod', command: 'grep -q one order', exitCode: 0, output: '' },
      { where: 'operator-machine', command: 'exit 0', exitCode: 0, output: '' },
    ],
    diagnostics: [],
    leftBehind: [],
    notes: ['The backup is crash-consistent at best: NKVM does not stop the writers while it backs up.'],
  });
});

for (const [ending, expected] of [
  ['json', /^\{\n {2}"apiVersion": "nkvm\.dev\/v1",\n {2}"kind": "RestoreRecord",/],
  ['yaml', /^apiVersion: nkvm\.dev\/v1\nkind: RestoreRecord\n/],
  ['md', /^# [\s\S]*orders-data[\s\S]*restored/],
] as const) {
  clusterTest(`--record FILE.${ending} is written so, for its owner alone`, async (scene) => {
    const { operator, restore } = await orders(scene);
    const file = join(operator.home, `incident.${ending}`);

    const restored = await restore('--record', file);

    assert.equal(restored.exitCode, 0);
    assert.match(readFileSync(file, 'utf8'), expected);
    assert.equal((statSync(file).mode & 0o777).toString(8), '600');
    assert.deepEqual(operator.records(), []);
  });
}

clusterTest('a failed check is in the one record that is printed, and in the file', async (scene) => {
  const { operator, restore } = await orders(scene);

  const failed = await restore('--check', 'echo broken; exit 3', '-o', 'json');

  const record = oneDocument(failed);
  assert.equal(failed.exitCode, 15);
  assert.deepEqual(operator.records(), [record]);
  assert.deepEqual([record.outcome, record.error.code, record.error.step], ['failed', 'check-failed', 5]);
  assert.deepEqual(record.applicationChecks, [
    { where: 'restore-pod', command: 'echo broken; exit 3', exitCode: 3, output: 'broken\n' },
  ]);
  assert.deepEqual(record.workloads, [
    { kind: 'Deployment', name: 'orders', replicasBefore: 1, replicasAfter: 0 },
  ]);
});

clusterTest('a restore that fails before it changes anything prints one record, too', async (scene) => {
  const { shop, backup, operator, restore } = await orders(scene);
  writeFileSync(backup.path, '');

  const failed = await restore('-o', 'json');

  const record = oneDocument(failed);
  assert.equal(failed.exitCode, 11);
  assert.deepEqual(operator.records(), []);
  assert.deepEqual(
    [record.outcome, record.error.code, record.claim],
    ['failed', 'archive-empty', { namespace: shop.name, name: 'orders-data' }],
  );
});

clusterTest('where the record cannot be written, nothing is stopped', async (scene) => {
  const { shop, operator, restore } = await orders(scene);
  const pods = await shop.kubectl(['get', 'pods', '-o', 'name']);
  writeFileSync(join(operator.home, 'file'), '');

  const refused = await restore('--record', join(operator.home, 'file', 'incident.json'));

  assert.deepEqual([refused.exitCode, await shop.kubectl(['get', 'pods', '-o', 'name'])], [12, pods]);
});

async function orders(scene: Scene) {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  writeFileSync(join(claim.folder, 'order'), 'one');
  const backup = await app.backUp(claim);
  await shop.apply(deployment('orders', { claims: ['orders-data'] }));
  await shop.rolledOut('deployment/orders');
  const restore = (...flags: readonly string[]) =>
    operator.run(['restore', 'orders-data', '-n', shop.name, '--yes', '--catalog', app.catalog, ...flags]);
  return { ...scene, claim, backup, restore };
}

/** Throws unless stdout is exactly one document. */
function oneDocument({ stdout }: PluginResult) {
  return JSON.parse(stdout);
}
