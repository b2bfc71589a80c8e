import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPod } from '../../../src/cluster/pods.ts';
import { toWorkload } from '../../../src/cluster/workloads.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { findWriters } from '../../../src/domain/writers.ts';
import { job } from '../../support/other-workloads.ts';
import { barePod, deployment } from '../../support/workloads.ts';

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly controller?: true;
}

/** Its uid is its name. */
function owned(manifest: object, reference?: Reference): object {
  const { metadata, ...rest } = manifest as { readonly metadata: { readonly name: string } };
  const { name } = metadata;
  const ownerReferences = reference && [{ apiVersion: 'example.com/v1', ...reference, uid: reference.name }];
  return { ...rest, metadata: { name, namespace: 'shop', uid: name, ownerReferences } };
}

function workload(kind: 'Deployment' | 'Job', manifest: object, reference?: Reference) {
  return toWorkload(kind, toClusterObject({ kind, apiVersion: 'apps/v1' }, owned(manifest, reference)));
}

function pod(name: string, reference?: Reference) {
  return toPod(owned(barePod(name, 'data'), reference));
}

function found(objects: Parameters<typeof findWriters>[1]) {
  const { workloads, owned, barePods } = findWriters('data', objects);
  return {
    workloads: workloads.map(({ name }) => name),
    owned: owned.map(
      ({ owner, workload, pod }) => `${(workload ?? pod)?.name} of ${owner.kind}/${owner.name}`,
    ),
    barePods: barePods.map(({ name }) => name),
  };
}

const claims = ['data'];

test('an owner counts, whether or not it says that it controls what it owns', () => {
  const web = workload('Deployment', deployment('web', { claims }), { kind: 'Database', name: 'orders' });
  const worker = pod('worker', { kind: 'Database', name: 'orders' });
  assert.deepEqual(found({ pods: [worker], workloads: [web] }), {
    workloads: [],
    owned: ['web of Database/orders', 'worker of Database/orders'],
    barePods: [],
  });
});

test('stopping what does not control a writer is not expected to stop it', () => {
  const operator = workload('Deployment', deployment('operator'));
  const reference = { kind: 'Deployment', name: 'operator' };
  const web = workload('Deployment', deployment('web', { claims, replicas: 0 }), reference);
  assert.deepEqual(found({ pods: [pod('worker', reference)], workloads: [operator, web] }), {
    workloads: [],
    owned: ['web of Deployment/operator', 'worker of Deployment/operator'],
    barePods: [],
  });
});

test('a pod that belongs to a pod is stopped by what stops that one', () => {
  const driver = { kind: 'Pod', name: 'driver', controller: true } as const;
  const submit = workload('Job', job('submit', {}));
  const ofJob = pod('driver', { kind: 'Job', name: 'submit', controller: true });
  const none = { workloads: [], owned: [], barePods: [] };
  assert.deepEqual(
    [
      found({ pods: [ofJob, pod('one', driver), pod('two', driver)], workloads: [submit] }),
      found({ pods: [pod('driver'), pod('one', driver), pod('two', driver)], workloads: [] }),
      found({ pods: [pod('one', driver)], workloads: [] }),
    ],
    [
      { ...none, workloads: ['submit'] },
      { ...none, barePods: ['driver'] },
      { ...none, owned: ['one of Pod/driver'] },
    ],
  );
});

test('pods that own each other are named once each', () => {
  const pods = [pod('one', { kind: 'Pod', name: 'two' }), pod('two', { kind: 'Pod', name: 'one' })];
  assert.deepEqual(found({ pods, workloads: [] }).barePods, []);
  assert.equal(found({ pods, workloads: [] }).owned.length, 2);
});
