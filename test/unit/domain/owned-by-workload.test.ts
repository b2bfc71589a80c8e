import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPod } from '../../../src/cluster/pods.ts';
import { toWorkload } from '../../../src/cluster/workloads.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { type Workload, type WorkloadKind, workloadName } from '../../../src/domain/workload.ts';
import { findWriters } from '../../../src/domain/writers.ts';

type Owned = { readonly kind: string; readonly name: string };

const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];
const ownersOf = (owner: Owned | undefined) =>
  owner === undefined ? [] : [{ apiVersion: 'apps/v1', ...owner, uid: owner.name, controller: true }];

function workload(kind: WorkloadKind, name: string, more: { owner?: Owned; replicas?: number } = {}) {
  const { owner, replicas = 1 } = more;
  const template = { spec: { volumes, containers: [] } };
  const json = {
    metadata: { name, uid: name, ownerReferences: ownersOf(owner) },
    spec: { replicas, template, jobTemplate: { spec: { template } } },
  };
  return toWorkload(kind, toClusterObject({ kind, apiVersion: 'apps/v1' }, json));
}

function pod(name: string, owner: Owned) {
  const metadata = { name, uid: name, ownerReferences: ownersOf(owner) };
  const json = { metadata, spec: { volumes, containers: [] }, status: { phase: 'Running' } };
  return toPod(json as Parameters<typeof toPod>[0]);
}

function found(workloads: readonly Workload[], pods: readonly ReturnType<typeof pod>[] = []) {
  const writers = findWriters('data', { workloads, pods });
  return {
    stopped: writers.workloads.map(workloadName),
    jobs: writers.jobs.map(workloadName),
    owned: writers.owned.map(
      ({ owner, workload, pod }) =>
        `${workload ? workloadName(workload) : `pod/${pod?.name}`} of ${owner.kind}/${owner.name}`,
    ),
  };
}

const operator = { kind: 'Deployment', name: 'operator' } as const;

test('what a Deployment or a CronJob makes is stopped through it', () => {
  const workloads = [
    workload('Deployment', 'web'),
    workload('ReplicaSet', 'web-1', { owner: { kind: 'Deployment', name: 'web' } }),
    workload('ReplicaSet', 'web-0', { owner: { kind: 'Deployment', name: 'web' }, replicas: 0 }),
    workload('CronJob', 'nightly'),
    workload('Job', 'nightly-1', { owner: { kind: 'CronJob', name: 'nightly' } }),
  ];
  assert.deepEqual(found(workloads, [pod('web-1-x', { kind: 'ReplicaSet', name: 'web-1' })]), {
    stopped: ['cronjob/nightly', 'deployment/web'],
    jobs: ['job/nightly-1'],
    owned: [],
  });
});

test('what an operator’s Deployment has made its own is not stopped by stopping the operator', () => {
  const workloads = [
    workload('Deployment', 'operator'),
    workload('StatefulSet', 'db', { owner: operator }),
    workload('StatefulSet', 'spare', { owner: operator, replicas: 0 }),
    workload('Job', 'load', { owner: operator }),
  ];
  assert.deepEqual(
    found(workloads, [pod('db-0', { kind: 'StatefulSet', name: 'db' }), pod('probe', operator)]),
    {
      stopped: ['deployment/operator'],
      jobs: [],
      owned: [
        'statefulset/db of Deployment/operator',
        'statefulset/spare of Deployment/operator',
        'job/load of Deployment/operator',
        'pod/probe of Deployment/operator',
      ],
    },
  );
});
