import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClusterObject,
  type Json,
  merged,
  toClusterObject,
} from '../../../src/domain/cluster-object.ts';
import {
  backPatch,
  fieldsOf,
  isStopped,
  parseRecordText,
  recordText,
  stopPatch,
  untouched,
} from '../../../src/domain/field-values.ts';
import { levers } from '../../../src/domain/levers.ts';

function object(kind: string, json: object): ClusterObject {
  return toClusterObject({ kind, apiVersion: 'v1' }, json);
}

/** As the API server has it: null takes away. */
function patched(one: ClusterObject, patch: object): ClusterObject {
  const { labels, annotations } = one.metadata;
  const json = merged({ metadata: { labels, annotations }, spec: one.spec }, patch as never);
  return object(one.kind, withoutNulls(json) as object);
}

function withoutNulls(json: Json): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const kept = Object.entries(json).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNulls(value)]));
}

const found: readonly ClusterObject[] = [
  object('Deployment', { spec: { replicas: 3, paused: true } }),
  object('StatefulSet', {
    spec: {
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
    },
  }),
  object('StatefulSet', { spec: { replicas: 1 } }),
  object('ReplicaSet', { spec: { replicas: 1 } }),
  object('ReplicationController', { spec: { replicas: 1 } }),
  object('DaemonSet', { spec: { template: { spec: { nodeSelector: { disk: 'fast' } } } } }),
  object('Job', { spec: { suspend: false } }),
  object('CronJob', { spec: {} }),
];

for (const one of found) {
  test(`${one.kind} ${JSON.stringify(one.spec)} is the same again after it was stopped and given back`, () => {
    const earlier = fieldsOf(one);
    const stopped = patched(one, stopPatch(earlier));
    const recorded = parseRecordText(one, recordText(earlier)) ?? [];
    const back = patched(stopped, backPatch(untouched(stopped, recorded)));
    assert.deepEqual([isStopped(one), isStopped(stopped), back.spec], [false, true, one.spec]);
  });
}

test('a record holds the merge patch that gives back, and nothing else', () => {
  assert.deepEqual(
    found.map((one) => recordText(fieldsOf(one))),
    [
      '{"spec":{"replicas":3}}',
      '{"spec":{"replicas":2,"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}',
      '{"spec":{"replicas":1}}',
      '{"spec":{"replicas":1}}',
      '{"spec":{"replicas":1}}',
      '{"spec":{"template":{"spec":{"nodeSelector":{"nkvm.dev/none":null}}}}}',
      '{"spec":{"suspend":false}}',
      '{"spec":{"suspend":null}}',
    ],
  );
});

test('what is not a record of that kind is none', () => {
  const texts = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"spec":{"replicas":-1}}',
    '{"spec":{"replicas":1.5}}',
    '{"spec":{"replicas":"2"}}',
    '{"spec":{"replicas":99999999}}',
    '{"spec":{"template":{"spec":{"serviceAccountName":"admin"}}}}',
    `{"spec":{"replicas":2,"x":"${'x'.repeat(16 * 1024)}"}}`,
  ];
  assert.deepEqual(
    texts.map((text) => parseRecordText({ kind: 'Deployment' }, text)),
    texts.map(() => undefined),
  );
});

test('nothing but the fields of its lever is ever taken out of a record', () => {
  const kinds = levers.map(({ kind }) => kind);
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.json(), (kind, text) => {
      const lever = levers.find((one) => one.kind === kind);
      const values = parseRecordText({ kind }, text) ?? [];
      return values.every(({ field, value }) => lever?.fields.includes(field) && field.accepts(value));
    }),
  );
});

test('what somebody else has changed is not among what is given back', () => {
  const [, set] = found;
  const earlier = set === undefined ? [] : fieldsOf(set);
  const scaled = object('StatefulSet', {
    spec: { replicas: 5, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain' } },
  });
  assert.deepEqual(backPatch(untouched(scaled, earlier)), {
    spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } },
  });
});
