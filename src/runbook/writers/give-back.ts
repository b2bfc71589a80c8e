/** Gives an object back what was recorded of it. What somebody else has changed meanwhile is left as it is. */
import { merged } from '../../domain/cluster-object.ts';
import { backPatch, isStopped, untouched } from '../../domain/field-values.ts';
import { noRecord } from '../../domain/quiesce-record.ts';
import type { Run } from '../run.ts';
import { giveUpFields } from './give-up-fields.ts';
import { patchFresh } from './patch-object.ts';
import type { GivenBack, Stop } from './stop-objects.ts';

/**
 * `before-rollout` keeps what must wait until all pods are up, and with it the record; `rest` gives that back, and takes
 * the record off in the same patch. Undefined when the object is gone.
 */
export async function giveBack(
  run: Run,
  one: Stop,
  which: 'all' | 'before-rollout' | 'rest',
): Promise<GivenBack | undefined> {
  let isLeft = false;
  const due = one.resumeTo.filter(
    ({ field }) => which === 'all' || (field.afterRollout === true) === (which === 'rest'),
  );
  const isLast = which !== 'before-rollout' || !hasRest(one);
  const now = await patchFresh(run, one, (found) => {
    isLeft = !isStopped(found);
    return merged(backPatch(untouched(found, due)), isLast ? noRecord : {});
  });
  if (now === undefined) return undefined;
  if (isLast) await giveUpFields(run, now);
  return { now, isLeft };
}

export function hasRest({ resumeTo }: Stop): boolean {
  return resumeTo.some(({ field }) => field.afterRollout);
}
