import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPod } from '../../../src/cluster/pods.ts';
import { toWorkload } from '../../../src/cluster/workloads.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import type { WorkloadKind } from '../../../src/domain/levers.ts';
import { podsOfWorkload } from '../../../src/domain/workload-pods.ts';

const references = (kind: string, uid: string) => [
  { apiVersion: 'v1', kind, name: uid, uid, controller: true },
];

function workload(kind: WorkloadKind, uid: string, ownerReferences: readonly object[] = []) {
  const json = { metadata: { name: uid, uid, ownerReferences } };
  return toWorkload(kind, toClusterObject({ kind, apiVersion: 'v1' }, json));
}

function pod(name: string, kind?: string, uid = '') {
  const ownerReferences = kind === undefined ? [] : references(kind, uid);
  return toPod({ metadata: { name, ownerReferences } } as Parameters<typeof toPod>[0]);
}

test('a Deployment’s pods are those of its ReplicaSets, whoever else has the labels', () => {
  const main = workload('Deployment', 'main');
  const sets = [
    workload('ReplicaSet', 'main-1', references('Deployment', 'main')),
    workload('ReplicaSet', 'main-2', references('Deployment', 'main')),
    workload('ReplicaSet', 'other-1', references('Deployment', 'other')),
  ];
  const pods = [
    pod('old', 'ReplicaSet', 'main-1'),
    pod('new', 'ReplicaSet', 'main-2'),
    pod('stranger', 'ReplicaSet', 'other-1'),
    pod('bare'),
  ];
  assert.deepEqual(
    podsOfWorkload(main, { pods, sets }).map(({ name }) => name),
    ['old', 'new'],
  );
});

test('of every other kind they are its own', () => {
  const pods = [pod('db-0', 'StatefulSet', 'db'), pod('stranger', 'StatefulSet', 'other')];
  assert.deepEqual(
    podsOfWorkload(workload('StatefulSet', 'db'), { pods, sets: [] }).map(({ name }) => name),
    ['db-0'],
  );
});
