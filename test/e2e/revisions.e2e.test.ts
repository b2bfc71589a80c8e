/** Pods of an earlier revision come back in the newest, as Kubernetes forgets at 0: that is said before, and recorded. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest } from '../support/cluster-test.ts';
import { recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { type KubeObject, until } from '../support/namespace.ts';
import { daemonSet } from '../support/other-workloads.ts';
import { deployment, statefulSet, type WorkloadOptions } from '../support/workloads.ts';

const claims = ['shared'];

/** Of a revision that is never ready without the file. */
const needsFile = {
  readinessProbe: { exec: { command: ['test', '-e', '/shared/fresh'] }, periodSeconds: 1 },
  env: [{ name: 'REVISION', value: '2' }],
};

clusterTest('pods of an earlier revision are named before they come back in the newest', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('shared');
  await shop.volume('data-db-0');
  writeFileSync(join(claim.folder, 'fresh'), '');
  const backup = await app.backUp(claim);
  rmSync(join(claim.folder, 'fresh'));
  await shop.apply(...workloads());
  await until(async () => (await shop.list('pods')).length === 4);
  await shop.kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=60s']);
  await shop.apply(...workloads({ container: needsFile }));
  await until(async () => {
    const [web, db, agent] = (await shop.list('deployments,statefulsets,daemonsets')).toSorted(byKind);
    return (
      web?.status?.['updatedReplicas'] === 1 &&
      db?.status?.['updateRevision'] !== db?.status?.['currentRevision'] &&
      agent?.status?.['observedGeneration'] === agent?.metadata.generation
    );
  });

  const restored = await operator.run(restoreArgs(scene, backup));

  assert.equal(restored.exitCode, 0, restored.stderr);
  const lost = [
    ['1 of its 1 pod', 'daemonset/agent'],
    ['2 of its 3 pods', 'deployment/web'],
    ['1 of its 1 pod', 'statefulset/db'],
  ].map(
    ([pods, name]) =>
      `${name} has ${pods} in an earlier revision; all come back in the newest, as Kubernetes forgets the earlier one at 0; where that is not meant, finish or undo the rollout first (kubectl -n NS rollout undo ${name})`,
  );
  assert.deepEqual(
    recordOf(restored.stdout)
      .notes.slice(1)
      .map((note) => steady(shop, note)),
    lost,
  );
  const said = steady(shop, restored.stderr);
  for (const line of lost) assert.ok(said.includes(`warning: ${line}\n`), said);
  const pods = await shop.list('pods');
  assert.deepEqual(
    pods.map(({ spec }) => JSON.stringify(spec).includes('REVISION')),
    [true, true, true, true],
  );
});

function workloads(options: WorkloadOptions = {}): object[] {
  const careful = { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  const updateStrategy = { type: 'OnDelete' };
  return [
    deployment('web', { claims, replicas: 2, spec: careful, ...options }),
    statefulSet('db', { claims, spec: { updateStrategy }, ...options }),
    daemonSet('agent', { claims, spec: { updateStrategy }, ...options }),
  ];
}

function byKind(one: KubeObject, other: KubeObject): number {
  const order = ['Deployment', 'StatefulSet', 'DaemonSet'];
  return order.indexOf(one.kind) - order.indexOf(other.kind);
}
