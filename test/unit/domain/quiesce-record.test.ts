import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { hasForeignRecord, isCopy, quiesceRecord } from '../../../src/domain/quiesce-record.ts';

const owners = {
  'the Deployment': { apiVersion: 'apps/v1', kind: 'Deployment' },
  'another group’s Deployment': { apiVersion: 'example.com/v1', kind: 'Deployment' },
} as const;

function owned(kind: string, owner: keyof typeof owners, earlier: string) {
  const annotations = {
    'nkvm.dev/run': '20260101000000-bcdfg',
    'nkvm.dev/claim': 'data',
    'nkvm.dev/earlier': earlier,
  };
  const ownerReferences = [{ ...owners[owner], name: 'web', uid: '1', controller: true }];
  const metadata = { namespace: 'shop', name: 'web', annotations, ownerReferences };
  return toClusterObject({ kind, apiVersion: 'apps/v1' }, { metadata });
}

test('only what a Deployment’s own controller copies to its ReplicaSet is a copy of a record', () => {
  const read = ['ReplicaSet', 'StatefulSet'].flatMap((kind) =>
    (['the Deployment', 'another group’s Deployment'] as const).map((owner) => {
      const one = owned(kind, owner, '{"spec":{"replicas":2}}');
      const unreadable = owned(kind, owner, '{"spec":{"replicas":"x"}}');
      return [kind, owner, isCopy(one), quiesceRecord(one)?.run, hasForeignRecord(unreadable)];
    }),
  );
  const run = '20260101000000-bcdfg';
  assert.deepEqual(read, [
    ['ReplicaSet', 'the Deployment', true, undefined, false],
    ['ReplicaSet', 'another group’s Deployment', false, run, true],
    ['StatefulSet', 'the Deployment', false, run, true],
    ['StatefulSet', 'another group’s Deployment', false, run, true],
  ]);
});
