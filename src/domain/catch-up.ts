/**
 * A CronJob that is resumed starts the last Job that it missed while it was suspended, at once and on the restored data:
 * its controller does not ask why it was late. Whether a time has passed is for its schedule to say.
 */
import { type ClusterObject, text } from './cluster-object.ts';
import type { FieldValue } from './field-values.ts';
import { wasStopped } from './stop-words.ts';
import { workloadName } from './workload.ts';

/** Undefined of what starts nothing by itself when it has these fields back. */
export function catchUpWords(object: ClusterObject, given: readonly FieldValue[]): string | undefined {
  if (object.kind !== 'CronJob' || wasStopped(given)) return undefined;
  const { schedule, startingDeadlineSeconds } = object.spec;
  const late =
    typeof startingDeadlineSeconds === 'number' ? ` no more than ${startingDeadlineSeconds} s before` : '';
  return `${workloadName(object)} starts a Job as soon as it is resumed if its schedule (${text(schedule)}) came due meanwhile${late}`;
}
