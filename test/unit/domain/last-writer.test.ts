import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, toClusterObject } from '../../../src/domain/cluster-object.ts';
import { lastWriter } from '../../../src/domain/last-writer.ts';

const replicas = ['spec', 'replicas'];

function entry(manager: string, second: number, fieldsV1: Json, more: object = {}) {
  const time = `2026-01-02T03:04:0${second}Z`;
  return { manager, operation: 'Update', time, fieldsType: 'FieldsV1', fieldsV1, ...more };
}

function writerOf(...managedFields: readonly object[]): string | undefined {
  const object = { metadata: { name: 'orders', managedFields } };
  return lastWriter(toClusterObject({ kind: 'Deployment', apiVersion: 'apps/v1' }, object), replicas);
}

const ofReplicas = { 'f:spec': { 'f:replicas': {} } };
const ofImage = { 'f:spec': { 'f:template': {} } };

test('whoever owns the field wrote it, whatever others wrote later', () => {
  const said = writerOf(
    entry('argocd-controller', 1, ofReplicas, { operation: 'Apply' }),
    entry('kubectl-set', 2, ofImage),
  );
  assert.equal(said, 'argocd-controller (Apply, 2026-01-02T03:04:01Z)');
});

test('a subresource is named', () => {
  // As the API server keeps it: a scaling has no time.
  const said = writerOf(entry('kubectl', 3, ofReplicas, { subresource: 'scale', time: undefined }));
  assert.equal(said, 'kubectl (Update of scale)');
});

test('where nobody owns the field it was the last who wrote, but for the status and this tool', () => {
  const said = writerOf(
    entry('kubectl-edit', 1, ofImage),
    entry('helm', 4, ofImage),
    entry('kubectl-nkvm', 5, ofImage),
    entry('kube-controller-manager', 6, { 'f:status': {} }, { subresource: 'status' }),
  );
  assert.equal(said, 'helm (Update, 2026-01-02T03:04:04Z)');
});

test('this tool itself, where it has the field: another run has given it back', () => {
  const said = writerOf(entry('kubectl-client-side-apply', 1, ofImage), entry('kubectl-nkvm', 5, ofReplicas));
  assert.equal(said, 'another run of this tool (Update, 2026-01-02T03:04:05Z)');
});

test('nobody else wrote', () => {
  assert.equal(writerOf(entry('kubectl-nkvm', 5, ofImage)), undefined);
});
