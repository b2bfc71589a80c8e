/**
 * What is given back to an object that a run stops. Guarantees that the state which an unfinished run has recorded is
 * kept, and that what somebody changed after that run stopped it, or after this one gave it back, counts as theirs.
 */
import { type ClusterObject, type Json, valueAt } from './cluster-object.ts';
import { type FieldValue, fieldsOf, replicasIn, untouched } from './field-values.ts';
import { leverOf } from './levers.ts';
import { quiesceRecord } from './quiesce-record.ts';

/** What the object was before any run stopped it; of a field that somebody has changed since, what it is now. */
export function earlierOf(object: ClusterObject): readonly FieldValue[] {
  const values = [...untouched(object, quiesceRecord(object)?.earlier ?? []), ...fieldsOf(object)];
  return leverOf(object).fields.flatMap((field) => values.find((one) => one.field === field) ?? []);
}

/**
 * `--replicas`, for one of all that are stopped: what was at 0 is started by it only where nothing else can be meant.
 * Undefined: it gets what it had.
 */
export function replicasFor(
  object: ClusterObject,
  { stops, replicas }: { readonly stops: readonly ClusterObject[]; readonly replicas: number | undefined },
): number | undefined {
  const isOneOfSeveral = stops.filter((one) => replicasIn(earlierOf(one)) !== undefined).length > 1;
  return isOneOfSeveral && replicasIn(earlierOf(object)) === 0 ? undefined : replicas;
}

/** As `earlierOf`, for an object that this run has given back, and stops again. */
export function earlierAgain(
  now: ClusterObject,
  {
    earlier,
    resumeTo,
  }: { readonly earlier: readonly FieldValue[]; readonly resumeTo: readonly FieldValue[] },
): readonly FieldValue[] {
  return earlier.map((one) => {
    const { field } = one;
    const value = valueAt(now, field.path) ?? null;
    const isNotYetGiven = field.afterRollout === true && value === field.stopped;
    const given = resumeTo.find((other) => other.field === field)?.value;
    return isNotYetGiven || isSame(value, given) ? one : { field, value };
  });
}

function isSame(value: Json, other: Json | undefined): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}
