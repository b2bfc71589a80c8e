import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterObject, toClusterObject } from '../../../src/domain/cluster-object.ts';
import { appliesHere, meantApplications, trackersOf } from '../../../src/domain/gitops-tracking.ts';

const deployment = (metadata: object): ClusterObject =>
  toClusterObject(
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { metadata: { namespace: 'shop', name: 'web', ...metadata } },
  );

const tracked: readonly (readonly [string, object, readonly object[]])[] = [
  ['a workload that nobody tracks', {}, []],
  [
    'Argo CD’s annotation',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'store:apps/Deployment:shop/web' } },
    [{ kind: 'Application', name: 'store', isCertain: true }],
  ],
  [
    'the annotation of an Application outside of Argo CD’s namespace',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'team-a_store:apps/Deployment:shop/web' } },
    [{ kind: 'Application', namespace: 'team-a', name: 'store', isCertain: true }],
  ],
  [
    'an annotation that was copied from another object',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'store:apps/Deployment:shop/other' } },
    [],
  ],
  ['an annotation that is none', { annotations: { 'argocd.argoproj.io/tracking-id': '::' } }, []],
  [
    'a label that is Argo CD’s own',
    { labels: { 'argocd.argoproj.io/instance': 'store', 'app.kubernetes.io/instance': 'release' } },
    [{ kind: 'Application', name: 'store', isCertain: true }],
  ],
  [
    'the label that Helm charts have too',
    { labels: { 'app.kubernetes.io/instance': 'store' } },
    [{ kind: 'Application', name: 'store', isCertain: false }],
  ],
  [
    'both controllers of Flux',
    {
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'apps',
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        'helm.toolkit.fluxcd.io/name': 'store',
        'helm.toolkit.fluxcd.io/namespace': 'shop',
      },
    },
    [
      { kind: 'Kustomization', namespace: 'flux-system', name: 'apps', isCertain: true },
      { kind: 'HelmRelease', namespace: 'shop', name: 'store', isCertain: true },
    ],
  ],
  [
    'an object that Flux leaves alone',
    {
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
      annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
    },
    [],
  ],
];

for (const [title, metadata, trackers] of tracked) {
  test(`trackers of ${title}`, () => {
    assert.deepEqual(trackersOf(deployment(metadata)), trackers);
  });
}

test('a Kustomization that is in its own repository is not tracked by itself', () => {
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'flux-system',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  const kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' };
  const root = toClusterObject(kind, { metadata: { namespace: 'flux-system', name: 'flux-system', labels } });
  assert.deepEqual(trackersOf(root), []);
});

const application = (namespace: string, more: object = {}): ClusterObject =>
  toClusterObject(
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
    {
      metadata: { namespace, name: 'store' },
      spec: { destination: { server: 'https://kubernetes.default.svc' } },
      ...more,
    },
  );
const resources = [{ group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' }];

test('a certain tracker means the Application of its name, and of its namespace where it says one', () => {
  const all = [application('argocd'), application('team-a')];
  const tracker = { kind: 'Application', name: 'store', isCertain: true } as const;
  const found = [tracker, { ...tracker, namespace: 'team-a' }].map((one) =>
    meantApplications(all, one, deployment({})).map(({ namespace }) => namespace),
  );
  assert.deepEqual(found, [['argocd', 'team-a'], ['team-a']]);
});

test('an uncertain tracker means only an Application that has the object, in this cluster', () => {
  const all = [
    application('without'),
    application('with', { status: { resources } }),
    application('elsewhere', { spec: { destination: { server: 'https://other' } }, status: { resources } }),
    application('named', { spec: { destination: { name: 'in-cluster' } }, status: { resources } }),
  ];
  const tracker = { kind: 'Application', name: 'store', isCertain: false } as const;
  const found = meantApplications(all, tracker, deployment({}));
  assert.deepEqual(
    found.map(({ namespace }) => namespace),
    ['with', 'named'],
  );
});

test('a Flux object with a kubeConfig is of another cluster', () => {
  const kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' };
  const specs = [{}, { kubeConfig: { secretRef: { name: 'other' } } }];
  assert.deepEqual(
    specs.map((spec) => appliesHere(toClusterObject(kind, { spec }))),
    [true, false],
  );
});
