import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { ApiError, ConnectionError } from '../../../src/cluster/connection-error.ts';
import type { Pod } from '../../../src/domain/pod.ts';
import type { Run } from '../../../src/runbook/run.ts';
import { podEnded } from '../../../src/runbook/transfer/pod-ended.ts';

const ref = { namespace: 'shop', name: 'nkvm-restore-x' };
const running = {
  phase: 'Running',
  deleting: false,
  conditions: [{ type: 'Ready', status: 'True' }],
  containers: [{ name: 'restore-helper', ready: true, restarts: 0, state: 'running' }],
} as const;
const evicted = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'TerminationByKubelet',
  message: 'the node was low on memory',
};

async function said(read: () => Partial<Pod> | undefined): Promise<string | undefined> {
  const run = { cluster: { pods: { read: async () => read() } } as unknown as Cluster } as unknown as Run;
  return (await podEnded(run, ref))?.message;
}

for (const { what, pod, why } of [
  { what: 'that runs', pod: running, why: undefined },
  { what: 'that is gone', pod: undefined, why: 'is gone: something deleted it' },
  { what: 'that somebody deletes', pod: { ...running, deleting: true }, why: 'is being deleted' },
  {
    what: 'that is evicted, while it ends',
    pod: { ...running, deleting: true, conditions: [evicted] },
    why: 'is being deleted: TerminationByKubelet, the node was low on memory',
  },
  {
    what: 'that the node ended',
    pod: {
      ...running,
      phase: 'Failed',
      reason: 'Evicted',
      message: 'too little disk',
      conditions: [evicted],
      containers: [
        { name: 'restore-helper', ready: false, restarts: 0, state: 'terminated', reason: 'OOMKilled' },
      ],
    },
    why: 'ended (Failed): TerminationByKubelet, the node was low on memory; Evicted; too little disk; container restore-helper (OOMKilled)',
  },
  {
    what: 'whose disruption was called off',
    pod: { ...running, conditions: [{ ...evicted, status: 'False' }] },
    why: undefined,
  },
  {
    what: 'whose container was restarted',
    pod: { ...running, containers: [{ ...running.containers[0], restarts: 1 }] },
    why: 'lost what it had: its container restore-helper was restarted',
  },
] satisfies readonly { what: string; pod: Partial<Pod> | undefined; why: string | undefined }[]) {
  test(`a pod ${what} is told as that`, async () => {
    assert.equal(await said(() => pod), why && `pod/nkvm-restore-x ${why}`);
  });
}

test('of a pod that cannot be asked just now nothing is said', async () => {
  const lost = new ConnectionError('no answer', 'wait', { passing: true });
  assert.equal(
    await said(() => {
      throw lost;
    }),
    undefined,
  );
});

test('of a pod that may not be asked the refusal is what is told', async () => {
  const refused = new ApiError(403, 'Forbidden', 'no');
  await assert.rejects(
    said(() => {
      throw refused;
    }),
    refused,
  );
});
