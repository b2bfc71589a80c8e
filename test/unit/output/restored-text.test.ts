import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunId } from '../../../src/domain/run.ts';
import { restoredText } from '../../../src/output/restored-text.ts';
import type { RestoreRecord } from '../../../src/record/restore-record.ts';

const restored: RestoreRecord = {
  apiVersion: 'nkvm.dev/v1',
  kind: 'RestoreRecord',
  run: '20260301120000-bcdfg' as RunId,
  tool: { name: 'kubectl-nkvm', version: '0.1.0' },
  startedAt: '2026-03-01T12:00:00Z',
  outcome: 'restored',
  cluster: { context: 'prod', name: 'prod-eu', server: 'https://10.0.0.1:6443' },
  claim: { namespace: 'shop', name: 'orders', uid: '48b6904b' },
  archive: { path: '/backups/o.tar.gz', members: 1312, vouched: false },
  operator: 'ana',
  steps: [],
  workloads: [{ kind: 'Deployment', name: 'orders', replicasBefore: 2, replicasAfter: 2 }],
  verification: { outcome: 'identical' },
  applicationChecks: 'none',
  diagnostics: [],
  leftBehind: [],
  notes: [],
};

const selection = {
  include: ['/data'],
  exclude: [],
  members: 12,
  contentBytes: 0,
  leftOutMembers: 1300,
  leftOutUnsafe: 0,
  unmatchedPatterns: [],
};

test('says that a part of the archive was restored, and how much', () => {
  assert.equal(
    restoredText({ ...restored, selection }, ''),
    `persistentvolumeclaim/orders restored in part (12 of 1,312 members) from /backups/o.tar.gz
deployment/orders resumed to 2 replicas
data verified; no application check was given
`,
  );
});

test('says where the volume as it was is kept, and how to go back to it', () => {
  const safety = {
    kind: 'snapshot',
    snapshot: 'nkvm-20260301120000-bcdfg',
    restoreWith: 'kubectl create -f -',
  } as const;
  assert.equal(
    restoredText({ ...restored, safety }, ''),
    `persistentvolumeclaim/orders restored from /backups/o.tar.gz
deployment/orders resumed to 2 replicas
safety copy of the volume as it was: volumesnapshot/nkvm-20260301120000-bcdfg
to go back to it: kubectl create -f -
data verified; no application check was given
`,
  );
});

test('says that a part was restored where the workload is held too', () => {
  const next = 'kubectl nkvm restore --continue 20260301120000-bcdfg';
  assert.equal(
    restoredText({ ...restored, selection, outcome: 'held' }, next),
    `persistentvolumeclaim/orders restored in part (12 of 1,312 members) (workload held) from /backups/o.tar.gz
deployment/orders held at 0 (was 2)
next: ${next}
data verified; no application check was given
`,
  );
});

test('says what an incomplete archive lacks', () => {
  const incomplete = {
    result: 'truncated',
    reason: 'the tar stream ends inside member 40 (z)',
    membersRestored: 39,
  } as const;
  assert.equal(
    restoredText({ ...restored, incomplete }, ''),
    `persistentvolumeclaim/orders restored from /backups/o.tar.gz
deployment/orders resumed to 2 replicas
incomplete: the archive is truncated: the tar stream ends inside member 40 (z)
incomplete: 39 whole members restored, the rest is lost
what could be read is verified; no application check was given
`,
  );
});

test('says what somebody deleted, held or not', () => {
  const workloads = [{ kind: 'Deployment', name: 'orders', replicasBefore: 2, gone: true }] as const;
  const stopped = [
    {
      kind: 'CronJob',
      namespace: 'shop',
      name: 'nightly',
      change: 'suspended',
      before: 'running',
      gone: true,
    },
  ] as const;
  const said = (outcome: RestoreRecord['outcome']) =>
    restoredText({ ...restored, workloads, stopped, outcome }, 'NEXT')
      .split('\n')
      .filter((line) => line.includes('gone'));
  const lines = [
    'deployment/orders is gone: somebody deleted it meanwhile',
    'cronjob/nightly is gone: somebody deleted it meanwhile',
  ];
  assert.deepEqual([said('restored'), said('held')], [lines, lines]);
});
