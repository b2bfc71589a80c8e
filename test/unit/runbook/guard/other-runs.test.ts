/** Of what step 2 would stop: whose records may be taken over. Those of runs in this cluster are tested there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toClusterObject } from '../../../../src/domain/cluster-object.ts';
import { checkOtherRuns, refuseTakenSince } from '../../../../src/runbook/guard/other-runs.ts';
import type { Run } from '../../../../src/runbook/run.ts';

const claim = { namespace: 'shop', name: 'data' };
const other = '20260102030405-zzzzz';
/** Without a cluster: what it says is known from the objects alone. */
const run = {
  id: '20260102030405-bcdfg',
  command: (...words: readonly string[]) => words.join(' '),
} as unknown as Run;

function stoppedFor(of: string, by = other) {
  const annotations = {
    'nkvm.dev/run': by,
    'nkvm.dev/claim': of,
    'nkvm.dev/earlier': '{"spec":{"replicas":2}}',
  };
  const metadata = { namespace: 'shop', name: 'web', uid: '1', annotations };
  return toClusterObject({ kind: 'Deployment', apiVersion: 'apps/v1' }, { metadata, spec: { replicas: 0 } });
}

function untouched() {
  const metadata = { namespace: 'shop', name: 'web', uid: '1' };
  return toClusterObject({ kind: 'Deployment', apiVersion: 'apps/v1' }, { metadata, spec: { replicas: 2 } });
}

test('what nobody, this run itself or an earlier run for the same claim has stopped needs no other lock', async () => {
  const stops = [untouched(), stoppedFor('prices', run.id), stoppedFor('data')];
  assert.deepEqual(await checkOtherRuns(run, { claim, hold: false, stops }), []);
});

test('what a run for a claim of another namespace has stopped is left to it', async () => {
  const asked = checkOtherRuns(run, { claim, hold: true, stops: [stoppedFor('prices/data')] });
  await assert.rejects(asked, {
    code: 'run-in-progress',
    message: `deployment/web is stopped for prices/data by run ${other}`,
    next: [`cleanup ${other} --resume -n prices`],
  });
});

test('what another run has stopped since it was found is left to it', () => {
  const asked = () => refuseTakenSince(run, { found: untouched(), now: stoppedFor('prices'), claim });
  assert.throws(asked, {
    code: 'run-in-progress',
    message: `deployment/web is stopped for prices by run ${other} meanwhile`,
  });
});

test('what has the record it was found with, none, or one for the same claim is not another run’s', () => {
  const found = stoppedFor('prices');
  for (const now of [found, untouched(), stoppedFor('data')]) refuseTakenSince(run, { found, now, claim });
});
