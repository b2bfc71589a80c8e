import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { podWith, putBack } from '../../../src/domain/returned-writer.ts';

const run = '20260102030405-bcdfg';
const ours = { 'app.kubernetes.io/name': 'nerdy-k8s-volume-manager' };
const data = { name: 'v', persistentVolumeClaim: { claimName: 'data' } };

function seen(volumes: readonly object[], more: { labels?: object; phase?: string } = {}) {
  const { labels = {}, phase = 'Pending' } = more;
  const json = { metadata: { name: 'web', labels }, spec: { volumes }, status: { phase } };
  return podWith('data', run, toClusterObject({ kind: 'Pod', apiVersion: 'v1' }, json));
}

test('a pod that has the claim is a writer, until it has ended', () => {
  const phases = ['Pending', 'Running', 'Unknown', 'Succeeded', 'Failed'];
  assert.deepEqual(
    phases.map((phase) => seen([data], { phase })),
    ['writer', 'writer', 'writer', undefined, undefined],
  );
});

test('a pod with another claim, or without one, is none', () => {
  const other = { name: 'v', persistentVolumeClaim: { claimName: 'prices' } };
  assert.deepEqual(
    [seen([other]), seen([{ name: 'data', emptyDir: {} }]), seen([])],
    [undefined, undefined, undefined],
  );
});

test('an ephemeral volume makes the claim of that name', () => {
  const pod = { metadata: { name: 'web' }, spec: { volumes: [{ name: 'v', ephemeral: {} }] } };
  assert.equal(podWith('web-v', run, toClusterObject({ kind: 'Pod', apiVersion: 'v1' }, pod)), 'writer');
});

test('this run’s own pod and a verify pod are none; another run’s restore pod and a backup are told apart', () => {
  const component = (name: string) => ({ ...ours, 'app.kubernetes.io/component': name });
  const restore = component('restore-helper');
  assert.deepEqual(
    [
      seen([data], { labels: { ...restore, 'nkvm.dev/run': run } }),
      seen([data], { labels: component('verify-helper') }),
      seen([data], { labels: { ...restore, 'nkvm.dev/run': '20260102030405-zzzzz' } }),
      seen([data], { labels: component('backup-helper') }),
    ],
    [undefined, undefined, 'writer', 'backup'],
  );
});

function backAs(kind: string, spec: object, annotations: object = { 'nkvm.dev/run': run }) {
  const managedFields = [{ manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: {} }];
  const json = { metadata: { name: 'web', annotations, managedFields }, spec };
  return putBack(toClusterObject({ kind, apiVersion: 'v1' }, json), run);
}

test('an object is put back when it is no longer as it was left', () => {
  assert.deepEqual(
    [backAs('Deployment', { replicas: 0 }), backAs('Deployment', { replicas: 2 })],
    [
      undefined,
      'deployment/web was put back: spec.replicas is 2 again, by kubectl-client-side-apply (Update)',
    ],
  );
});

test('a field that was taken away together with the record is not laid on who wrote something else', () => {
  assert.deepEqual(
    [backAs('CronJob', {}), backAs('CronJob', {}, {})],
    [
      'cronjob/web was put back: spec.suspend is null again, by kubectl-client-side-apply (Update)',
      'cronjob/web was put back: spec.suspend is null again, by another run of this tool, or whoever took its record off',
    ],
  );
});
