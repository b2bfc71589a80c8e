import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toWorkload } from '../../../src/cluster/workloads.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import type { WorkloadKind } from '../../../src/domain/levers.ts';
import { failedRollout, rolledOut, settlingSeconds } from '../../../src/domain/rollout.ts';
import type { Workload } from '../../../src/domain/workload.ts';

function workload(kind: WorkloadKind, spec: object, status: object): Workload {
  const metadata = { name: 'web', generation: 2 };
  const json = { metadata, spec, status: { observedGeneration: 2, ...status } };
  return toWorkload(kind, toClusterObject({ kind, apiVersion: 'v1' }, json));
}

const rolling = (partition?: number) => ({
  replicas: 3,
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
});
const onDelete = { replicas: 3, updateStrategy: { type: 'OnDelete' } };
const revisions = { currentRevision: 'a', updateRevision: 'b' };

for (const [title, one, waiting] of [
  [
    'a change that is not seen yet',
    workload('ReplicaSet', { replicas: 0 }, { observedGeneration: 1 }),
    'its change is not seen yet',
  ],
  [
    'a Deployment of new pods',
    workload('Deployment', { replicas: 2 }, { updatedReplicas: 1 }),
    '1 of 2 new replicas are updated',
  ],
  [
    'a Deployment with old pods',
    workload('Deployment', { replicas: 1 }, { updatedReplicas: 1, replicas: 2 }),
    'old replicas are still there',
  ],
  [
    'a Deployment that starts',
    workload('Deployment', { replicas: 1 }, { updatedReplicas: 1, replicas: 1 }),
    '0 of 1 replicas are ready',
  ],
  [
    'a Deployment',
    workload('Deployment', { replicas: 1 }, { updatedReplicas: 1, replicas: 1, availableReplicas: 1 }),
    undefined,
  ],
  [
    'a paused Deployment whose change waits',
    workload('Deployment', { replicas: 1, paused: true }, { replicas: 1, availableReplicas: 1 }),
    undefined,
  ],
  [
    'a paused Deployment that starts',
    workload('Deployment', { replicas: 2, paused: true }, { replicas: 2, availableReplicas: 1 }),
    '1 of 2 replicas are ready',
  ],
  [
    'a StatefulSet that starts',
    workload('StatefulSet', rolling(), { readyReplicas: 2 }),
    '2 of 3 replicas are ready',
  ],
  [
    'a StatefulSet in an update',
    workload('StatefulSet', rolling(), { readyReplicas: 3, updatedReplicas: 1, ...revisions }),
    '1 of 3 new replicas are updated',
  ],
  [
    'a StatefulSet above its partition',
    workload('StatefulSet', rolling(2), { readyReplicas: 3, updatedReplicas: 1, ...revisions }),
    undefined,
  ],
  [
    'a StatefulSet that updates on deletion',
    workload('StatefulSet', onDelete, { readyReplicas: 3, ...revisions }),
    undefined,
  ],
  ['a ReplicaSet that starts', workload('ReplicaSet', { replicas: 1 }, {}), '0 of 1 replicas are ready'],
  [
    'a ReplicationController',
    workload('ReplicationController', { replicas: 1 }, { availableReplicas: 1 }),
    undefined,
  ],
  [
    'a DaemonSet in an update',
    workload('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 1 }),
    '1 of 2 new pods are updated',
  ],
  [
    'a DaemonSet that starts',
    workload('DaemonSet', {}, { desiredNumberScheduled: 1, updatedNumberScheduled: 1 }),
    '0 of 1 pods are ready',
  ],
  [
    'a DaemonSet that updates on deletion',
    workload('DaemonSet', onDelete, { desiredNumberScheduled: 1, numberAvailable: 1 }),
    undefined,
  ],
  ['a Job that starts', workload('Job', { suspend: false }, {}), 'it has no active pod yet'],
  ['a Job that works', workload('Job', { suspend: false }, { active: 1 }), undefined],
  ['a Job that was suspended before', workload('Job', { suspend: true }, {}), undefined],
  ['a CronJob', workload('CronJob', {}, {}), undefined],
] as const) {
  test(`${title}: ${waiting ?? 'has rolled out'}`, () => {
    const name = `${one.kind.toLowerCase()}/web`;
    assert.equal(rolledOut(one), waiting && `waiting for ${name}: ${waiting}`);
  });
}

test('a Job has failed when it says so, a Deployment when it has missed its deadline', () => {
  const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' };
  const late = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'too late',
  };
  assert.deepEqual(
    [
      failedRollout(workload('Job', {}, { conditions: [failed] })),
      failedRollout(workload('Deployment', {}, { conditions: [late] })),
      failedRollout(workload('Deployment', {}, { conditions: [late], observedGeneration: 1 })),
      failedRollout(workload('DaemonSet', {}, {})),
    ],
    ['BackoffLimitExceeded: too often', 'ProgressDeadlineExceeded: too late', undefined, undefined],
  );
});

test('minReadySeconds are waited for once, by an ordered StatefulSet before each further pod', () => {
  const spec = { replicas: 3, minReadySeconds: 20 };
  assert.deepEqual(
    [
      settlingSeconds(workload('Deployment', spec, {})),
      settlingSeconds(workload('DaemonSet', { minReadySeconds: 20 }, {})),
      settlingSeconds(workload('StatefulSet', spec, {})),
      settlingSeconds(workload('StatefulSet', { ...spec, podManagementPolicy: 'Parallel' }, {})),
      settlingSeconds(workload('Deployment', { replicas: 3 }, {})),
      settlingSeconds(workload('Job', {}, {})),
    ],
    [20, 20, 40, 0, 0, 0],
  );
});
