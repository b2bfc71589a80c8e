import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catchUpWords } from '../../../src/domain/catch-up.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { fieldsOf } from '../../../src/domain/field-values.ts';
import { cronJob, job } from '../../support/other-workloads.ts';

function wordsOf(kind: 'CronJob' | 'Job', manifest: object): string | undefined {
  const object = toClusterObject({ kind, apiVersion: 'batch/v1' }, manifest);
  return catchUpWords(object, fieldsOf(object));
}

test('only a CronJob that was not suspended catches up, as late as it says', () => {
  const spec = { ...(cronJob('nightly', {}) as { readonly spec: object }).spec, startingDeadlineSeconds: 60 };
  assert.deepEqual(
    [
      wordsOf('CronJob', cronJob('nightly', {})),
      wordsOf('CronJob', { metadata: { name: 'nightly' }, spec }),
      wordsOf('CronJob', cronJob('yearly', { suspend: true })),
      wordsOf('Job', job('import', {})),
    ],
    [
      'cronjob/nightly starts a Job as soon as it is resumed if its schedule (0 0 1 1 *) came due meanwhile',
      'cronjob/nightly starts a Job as soon as it is resumed if its schedule (0 0 1 1 *) came due meanwhile no more than 60 s before',
      undefined,
      undefined,
    ],
  );
});
