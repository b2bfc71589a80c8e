import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterObject, toClusterObject } from '../../../src/domain/cluster-object.ts';
import { keeperOf, scales } from '../../../src/domain/keepers.ts';

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };

function object(kind: string, json: object): ClusterObject {
  return toClusterObject({ apiVersion: 'any/v1', kind }, json);
}
const annotated = (annotations: object) => ({ metadata: { annotations } });
const paused = 'autoscaling.keda.sh/paused';
const pausedReplicas = 'autoscaling.keda.sh/paused-replicas';

const states: readonly (readonly [string, object, string | undefined])[] = [
  ['ScaledObject', {}, undefined],
  ['ScaledObject', annotated({ [paused]: 'true' }), 'is paused already'],
  ['ScaledObject', annotated({ [paused]: 'false' }), undefined],
  ['ScaledObject', annotated({ [pausedReplicas]: '0' }), 'is paused at 0 already'],
  ['ScaledObject', annotated({ [pausedReplicas]: '3', [paused]: 'true' }), undefined],
  ['Application', { spec: { syncPolicy: { automated: {} } } }, undefined],
  ['Application', { spec: { syncPolicy: { automated: { enabled: false } } } }, 'has no automated sync'],
  ['Application', { spec: { syncPolicy: {} } }, 'has no automated sync'],
  [
    'Application',
    {
      ...annotated({ 'argocd.argoproj.io/skip-reconcile': 'true' }),
      spec: { syncPolicy: { automated: {} } },
    },
    'is not reconciled',
  ],
  ['Kustomization', { spec: { suspend: true } }, 'is suspended already'],
  ['Kustomization', { spec: {} }, undefined],
  ['HelmRelease', { spec: { suspend: false } }, undefined],
];

for (const [kind, json, inert] of states) {
  test(`${kind} ${JSON.stringify(json)}: ${inert ?? 'would act'}`, () => {
    assert.equal(keeperOf(object(kind, json), web).inert, inert);
  });
}

test('what an unfinished run has stopped is not at rest: it is to be given back', () => {
  const suspended = { ...annotated({ 'nkvm.dev/run': 'any' }), spec: { suspend: true } };
  assert.equal(keeperOf(object('Kustomization', suspended), web).inert, undefined);
});

test('a ScaledObject scales a Deployment of that name, unless it names another kind', () => {
  const metadata = { namespace: 'shop', name: 'any' };
  const targets = [
    { name: 'web' },
    { name: 'web', kind: 'Deployment', apiVersion: 'apps/v1' },
    { name: 'web', kind: 'StatefulSet' },
    { name: 'other' },
  ];
  const found = targets.map((scaleTargetRef) =>
    scales(object('ScaledObject', { metadata, spec: { scaleTargetRef } }), web),
  );
  assert.deepEqual(found, [true, true, false, false]);
});
