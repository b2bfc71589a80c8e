import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterObject, toClusterObject } from '../../../src/domain/cluster-object.ts';
import { earlierAgain, earlierOf, replicasFor } from '../../../src/domain/earlier-state.ts';
import { backPatch, fieldsOf, withReplicas } from '../../../src/domain/field-values.ts';

function object(kind: string, spec: object, earlier?: object): ClusterObject {
  const record = {
    'nkvm.dev/run': '20260102030405-bcdfg',
    'nkvm.dev/claim': 'data',
    'nkvm.dev/earlier': JSON.stringify({ spec: earlier }),
  };
  const metadata = { name: 'web', ...(earlier !== undefined && { annotations: record }) };
  return toClusterObject({ kind, apiVersion: 'v1' }, { metadata, spec });
}

function set(replicas: number, whenScaled: string): object {
  return { replicas, persistentVolumeClaimRetentionPolicy: { whenScaled } };
}

test('what an unfinished run has stopped was before what that run recorded', () => {
  const stopped = [
    object('Deployment', { replicas: 0 }, { replicas: 2 }),
    object('StatefulSet', set(0, 'Retain'), set(2, 'Delete')),
    object('CronJob', { suspend: true }, { suspend: false }),
  ];
  assert.deepEqual(
    stopped.map((one) => backPatch(earlierOf(one)).spec),
    [{ replicas: 2 }, set(2, 'Delete'), { suspend: false }],
  );
});

test('what somebody has started again since is as they want it', () => {
  const started = [
    object('Deployment', { replicas: 5 }, { replicas: 2 }),
    object('CronJob', { suspend: false }, { suspend: true }),
  ];
  assert.deepEqual(
    started.map((one) => backPatch(earlierOf(one)).spec),
    [{ replicas: 5 }, { suspend: false }],
  );
});

test('a run that died between the replicas and the policy of a StatefulSet still has to give that back', () => {
  const half = object('StatefulSet', set(2, 'Retain'), set(2, 'Delete'));
  assert.deepEqual(backPatch(earlierOf(half)).spec, set(2, 'Delete'));
});

test('what nobody has stopped was before what it is', () => {
  assert.deepEqual(
    [object('Deployment', { replicas: 3 }), object('StatefulSet', set(1, 'Delete'))].map(
      (one) => backPatch(earlierOf(one)).spec,
    ),
    [{ replicas: 3 }, set(1, 'Delete')],
  );
});

test('stopped again, an object keeps what it was before, unless somebody has changed it since', () => {
  const earlier = fieldsOf(object('Deployment', { replicas: 1 }));
  const resumeTo = withReplicas(earlier, 2);
  const now = [2, 4, 0].map((replicas) => object('Deployment', { replicas }));
  assert.deepEqual(
    now.map((one) => backPatch(earlierAgain(one, { earlier, resumeTo })).spec),
    [{ replicas: 1 }, { replicas: 4 }, { replicas: 0 }],
  );
});

test('a policy that waits for the rollout is nobody’s change', () => {
  const earlier = fieldsOf(object('StatefulSet', set(2, 'Delete')));
  const now = object('StatefulSet', set(2, 'Retain'));
  assert.deepEqual(backPatch(earlierAgain(now, { earlier, resumeTo: earlier })).spec, set(2, 'Delete'));
});

test('--replicas starts what was at 0 only where there is nothing else', () => {
  const up = object('Deployment', { replicas: 1 });
  const down = object('Deployment', { replicas: 0 });
  const stoppedByDead = object('Deployment', { replicas: 0 }, { replicas: 2 });
  const nightly = object('CronJob', { suspend: false });
  const given = (...stops: readonly ClusterObject[]) =>
    stops.map((one) => replicasFor(one, { stops, replicas: 3 }));
  assert.deepEqual(
    [given(up, down), given(stoppedByDead, down), given(down, down), given(nightly, down)],
    [
      [3, undefined],
      [3, undefined],
      [undefined, undefined],
      [3, 3],
    ],
  );
});
