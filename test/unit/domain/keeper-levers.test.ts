import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterObject, toClusterObject } from '../../../src/domain/cluster-object.ts';
import {
  backPatch,
  fieldsOf,
  isStopped,
  parseRecordText,
  recordText,
  stopPatch,
} from '../../../src/domain/field-values.ts';

function keeper(kind: string, json: object): ClusterObject {
  return toClusterObject({ apiVersion: 'any/v1', kind }, { ...json });
}
const flux = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const leftByFlux = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
const automated = { prune: true };

const levers: readonly (readonly [string, ClusterObject, object, object])[] = [
  [
    'a ScaledObject is paused where it is, not at 0',
    keeper('ScaledObject', {}),
    { metadata: { annotations: { 'autoscaling.keda.sh/paused': 'true' } } },
    { metadata: { annotations: { 'autoscaling.keda.sh/paused': null } } },
  ],
  [
    'of a ScaledObject the number that goes before the pause is taken away',
    keeper('ScaledObject', {
      metadata: {
        annotations: {
          'autoscaling.keda.sh/paused-replicas': '2',
          'autoscaling.keda.sh/paused': 'false',
        },
      },
    }),
    {
      metadata: {
        annotations: {
          'autoscaling.keda.sh/paused-replicas': null,
          'autoscaling.keda.sh/paused': 'true',
        },
      },
    },
    {
      metadata: {
        annotations: {
          'autoscaling.keda.sh/paused-replicas': '2',
          'autoscaling.keda.sh/paused': 'false',
        },
      },
    },
  ],
  [
    'an Application loses its automated sync',
    keeper('Application', { spec: { syncPolicy: { automated } } }),
    { spec: { syncPolicy: { automated: null } } },
    { spec: { syncPolicy: { automated } } },
  ],
  [
    'an Application that another one keeps is not reconciled',
    keeper('Application', {
      metadata: { labels: { 'app.kubernetes.io/instance': 'parent' } },
      spec: { syncPolicy: { automated } },
    }),
    { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } },
    { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': null } } },
  ],
  [
    'a Kustomization is suspended',
    keeper('Kustomization', { spec: { suspend: false } }),
    { spec: { suspend: true } },
    { spec: { suspend: false } },
  ],
  [
    'a HelmRelease that a Kustomization keeps is left alone by that',
    keeper('HelmRelease', { metadata: { labels: flux } }),
    { spec: { suspend: true }, metadata: { annotations: leftByFlux } },
    {
      spec: { suspend: null },
      metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': null } },
    },
  ],
];

for (const [title, object, stop, back] of levers) {
  test(title, () => {
    const earlier = fieldsOf(object);
    const record = parseRecordText(object, recordText(earlier)) ?? [];
    assert.deepEqual([isStopped(object), stopPatch(earlier), backPatch(record)], [false, stop, back]);
  });
}

test('what has been stopped is seen as stopped, also when Flux is told to leave it alone', () => {
  const stopped = [
    keeper('ScaledObject', { metadata: { annotations: { 'autoscaling.keda.sh/paused': 'true' } } }),
    keeper('Application', { spec: { syncPolicy: {} } }),
    keeper('HelmRelease', { metadata: { labels: flux, annotations: leftByFlux }, spec: { suspend: true } }),
  ];
  assert.deepEqual(stopped.map(isStopped), [true, true, true]);
});
