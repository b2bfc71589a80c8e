import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  heldFields,
  holderOf,
  holderText,
  isSameHolding,
  type Lease,
  newLock,
  nextTransitions,
} from '../../../src/domain/claim-lock.ts';
import type { RunId } from '../../../src/domain/run.ts';

const run = '20260102030405-bcdfg' as RunId;
const now = new Date('2026-01-02T03:04:05.678Z');
const holding = { run, operator: 'ann', host: 'laptop-7' };

const lease: Lease = {
  namespace: 'shop',
  name: 'nkvm-4711',
  uid: 'abc',
  resourceVersion: '7',
  labels: {},
  annotations: { 'nkvm.dev/operator': 'ann', 'nkvm.dev/host': 'laptop-7' },
  holder: run,
  acquiredAt: '2026-01-02T03:04:05.678000Z',
  renewedAt: '2026-01-02T03:04:13.678000Z',
  transitions: 2,
};

test('a new lock goes when its claim goes, and says who has it', () => {
  assert.deepEqual(newLock({ namespace: 'shop', name: 'data', uid: '4711' }, holding, now), {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'nkvm-4711',
      labels: {
        'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
        'nkvm.dev/run': run,
        'nkvm.dev/claim-uid': '4711',
      },
      annotations: { 'nkvm.dev/claim': 'data', 'nkvm.dev/operator': 'ann', 'nkvm.dev/host': 'laptop-7' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data', uid: '4711' }],
    },
    spec: {
      holderIdentity: run,
      leaseDurationSeconds: 30,
      acquireTime: '2026-01-02T03:04:05.678000Z',
      renewTime: '2026-01-02T03:04:05.678000Z',
      leaseTransitions: 0,
    },
  });
});

test('a lock that is taken over is no longer a held one', () => {
  const { metadata } = heldFields(holding, now, 3);
  assert.deepEqual(metadata, {
    labels: { 'app.kubernetes.io/name': 'nerdy-k8s-volume-manager', 'nkvm.dev/run': run },
    annotations: { 'nkvm.dev/operator': 'ann', 'nkvm.dev/host': 'laptop-7', 'nkvm.dev/held': null },
  });
});

test('the count of a lock’s holders begins anew where Kubernetes can count no further', () => {
  const counts = [0, 7, 2_147_483_646, 2_147_483_647];
  assert.deepEqual(
    counts.map((transitions) => nextTransitions({ transitions })),
    [1, 8, 2_147_483_647, 0],
  );
});

test('a holder is said with its run, its operator, its machine and its time', () => {
  assert.equal(holderText(holderOf(lease)), `run ${run} by ann on laptop-7, since 2026-01-02T03:04:05Z`);
});

test('a lease with a stranger’s values is bounded, and of no run', () => {
  const odd = {
    ...lease,
    holder: 'me',
    acquiredAt: '',
    annotations: { 'nkvm.dev/operator': 'x'.repeat(999) },
  };
  assert.deepEqual(holderOf(odd), {
    run: undefined,
    operator: 'x'.repeat(256),
    host: 'unknown',
    since: 'unknown',
  });
});

test('the same run that took the lock once more holds another lock', () => {
  const renewed = { ...lease, resourceVersion: '8' };
  const retaken = { ...renewed, transitions: 3 };
  const remade = { ...renewed, uid: 'def' };
  assert.deepEqual(
    [renewed, retaken, remade].map((other) => isSameHolding(lease, other)),
    [true, false, false],
  );
});
