import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateOf } from '../../../src/app/app-pod-state.ts';
import { toPod } from '../../../src/cluster/pods.ts';
import type { ContainerStatus, Pod } from '../../../src/domain/pod.ts';

const status = (state: ContainerStatus['state'], reason?: string): object => ({
  name: 'app',
  ready: state === 'running',
  restartCount: 0,
  image: '',
  imageID: '',
  state: { [state]: { ...(reason !== undefined && { reason }) } },
});

function pod(
  phase: string,
  container?: object,
  more: { readonly metadata?: object; readonly conditions?: readonly object[] } = {},
): Pod {
  return toPod({
    metadata: { namespace: 'apps', name: 'nkvm-1', ...more.metadata },
    spec: { containers: [{ name: 'app' }] },
    status: {
      phase,
      ...(container !== undefined && { containerStatuses: [container] }),
      ...(more.conditions && { conditions: more.conditions }),
    },
  } as Parameters<typeof toPod>[0]);
}

for (const { title, seen, lost, expected } of [
  {
    title: 'a pod whose container runs can be worked in',
    seen: pod('Running', status('running')),
    expected: { runs: true, isComing: false, words: '' },
  },
  {
    title: 'one that is being deleted makes room for the next',
    seen: pod('Running', status('running'), { metadata: { deletionTimestamp: new Date(0) } }),
    expected: { runs: false, isComing: true, words: 'is being deleted' },
  },
  {
    title: 'one whose image is just being pulled is waited for',
    seen: pod('Pending', status('waiting', 'ContainerCreating')),
    expected: { runs: false, isComing: true, words: 'is Pending (ContainerCreating)' },
  },
  {
    title: 'one whose image cannot be pulled is not',
    seen: pod('Pending', status('waiting', 'ImagePullBackOff')),
    expected: { runs: false, isComing: false, words: 'is Pending (ImagePullBackOff)' },
  },
  {
    title: 'nor is one that crashes again and again',
    seen: pod('Running', status('waiting', 'CrashLoopBackOff')),
    expected: { runs: false, isComing: false, words: 'is Running (CrashLoopBackOff)' },
  },
  {
    title: 'nor is one that finds no node',
    seen: pod('Pending', undefined, {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
    }),
    expected: { runs: false, isComing: false, words: 'is Pending (Unschedulable)' },
  },
  {
    title: 'one whose node is lost does not run, whatever it says itself',
    seen: pod('Running', status('running'), { metadata: { deletionTimestamp: new Date(0) } }),
    lost: 'its node is not ready: Kubelet stopped posting node status.',
    expected: {
      runs: false,
      isComing: false,
      words: 'does not run: its node is not ready: Kubelet stopped posting node status.',
    },
  },
]) {
  test(title, () => {
    assert.deepEqual(stateOf(seen, 'app', lost), { pod: seen, ...expected });
  });
}
