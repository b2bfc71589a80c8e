import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toWorkload } from '../../../src/cluster/workloads.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import type { WorkloadKind } from '../../../src/domain/levers.ts';
import { lostRevisions } from '../../../src/domain/revisions.ts';
import type { Workload } from '../../../src/domain/workload.ts';

function workload(kind: WorkloadKind, spec: object, status: object = {}, metadata: object = {}): Workload {
  const json = { metadata: { name: 'web', namespace: 'shop', uid: 'web', ...metadata }, spec, status };
  return toWorkload(kind, toClusterObject({ kind, apiVersion: 'apps/v1' }, json));
}

const template = (version: string, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'app', image: version }] },
});

function replicaSet(version: string, replicas: number): Workload {
  const ownerReferences = [{ kind: 'Deployment', name: 'web', uid: 'web', controller: true }];
  const labels = { 'pod-template-hash': version };
  const spec = { replicas, template: template(version, labels) };
  return workload('ReplicaSet', spec, {}, { name: `web-${version}`, uid: version, ownerReferences });
}

const running = { replicas: 3, template: template('v2') };
const paused = { ...running, paused: true };
const revisions = { currentRevision: 'a', updateRevision: 'b' };

for (const [title, one, sets, lost] of [
  [
    'a Deployment that has rolled out',
    workload('Deployment', running, { replicas: 3, updatedReplicas: 3 }),
    [],
  ],
  [
    'a Deployment in a rollout',
    workload('Deployment', running, { replicas: 4, updatedReplicas: 1 }),
    [],
    'deployment/web has 3 of its 4 pods',
  ],
  [
    'a Deployment whose newest revision has no pod yet',
    workload('Deployment', running, { replicas: 1 }),
    [],
    'deployment/web has 1 of its 1 pod',
  ],
  ['a Deployment at 0 that still has pods', workload('Deployment', { replicas: 0 }, { replicas: 1 }), []],
  [
    'a Deployment that is paused in the middle',
    workload('Deployment', paused, { replicas: 4, updatedReplicas: 1 }),
    [replicaSet('v1', 3), replicaSet('v2', 1)],
    'deployment/web has 3 of its 4 pods',
  ],
  [
    'a Deployment that is paused, its newest revision at 0',
    workload('Deployment', paused, { replicas: 3 }),
    [replicaSet('v1', 3), replicaSet('v2', 0)],
    'deployment/web has 3 of its 3 pods',
  ],
  [
    'a Deployment that is paused, its change waiting',
    workload('Deployment', paused, { replicas: 3 }),
    [replicaSet('v0', 0), replicaSet('v1', 3)],
  ],
  [
    'a Deployment that is paused in the middle, another change waiting',
    workload('Deployment', paused, { replicas: 3 }),
    [replicaSet('v0', 1), replicaSet('v1', 2)],
    'deployment/web has 3 of its 3 pods',
  ],
  [
    'a StatefulSet with a partition, or updated on deletion',
    workload('StatefulSet', running, { replicas: 2, updatedReplicas: 1, ...revisions }),
    [],
    'statefulset/web has 1 of its 2 pods',
  ],
  [
    'a StatefulSet whose pods have all been deleted once',
    workload('StatefulSet', running, { replicas: 2, updatedReplicas: 2, ...revisions }),
    [],
  ],
  [
    'a StatefulSet with a pod that goes',
    workload('StatefulSet', running, {
      replicas: 2,
      updatedReplicas: 1,
      currentRevision: 'a',
      updateRevision: 'a',
    }),
    [],
  ],
  [
    'a DaemonSet that is updated on deletion',
    workload('DaemonSet', {}, { currentNumberScheduled: 2, updatedNumberScheduled: 1 }),
    [],
    'daemonset/web has 1 of its 2 pods',
  ],
  ['a ReplicaSet of its own', workload('ReplicaSet', running, { replicas: 3 }), []],
] as const satisfies readonly (readonly [string, Workload, readonly Workload[], string?])[]) {
  test(`${title}: ${lost ?? 'comes back as it was'}`, () => {
    assert.equal(lostRevisions(one, sets)?.replace(/ in an earlier .*/, ''), lost);
  });
}

test('what is lost is told with what to do first', () => {
  assert.equal(
    lostRevisions(workload('Deployment', running, { replicas: 4, updatedReplicas: 1 }), []),
    'deployment/web has 3 of its 4 pods in an earlier revision; all come back in the newest, as Kubernetes forgets the earlier one at 0; where that is not meant, finish or undo the rollout first (kubectl -n shop rollout undo deployment/web)',
  );
});
