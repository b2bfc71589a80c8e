/**
 * The fields of an object's lever with their values: as it is, as it was before, as a record has it. A record is read
 * back as a stranger's text: parsed, bounded, and nothing in it but the lever's own fields.
 */
import {
  type ClusterObject,
  isObject,
  type Json,
  type JsonObject,
  type MergePatch,
  patchOf,
  valueAt,
  within,
} from './cluster-object.ts';
import type { Field } from './lever.ts';
import { leverOf, replicas, whenScaled } from './levers.ts';

export interface FieldValue {
  readonly field: Field;
  readonly value: Json;
}

const maxRecordBytes = 16 * 1024;

/** What the fields are that would stop the object. */
export function fieldsOf(object: ClusterObject): readonly FieldValue[] {
  const { fields, chosen } = leverOf(object);
  return (chosen?.(object) ?? fields).map((field) => ({ field, value: valueAt(object, field.path) ?? null }));
}

export function isStopped(object: ClusterObject): boolean {
  const [first] = fieldsOf(object);
  return first !== undefined && first.value === first.field.stopped;
}

export function stopPatch(earlier: readonly FieldValue[]): MergePatch {
  return patchOf(earlier.map(({ field }) => ({ path: field.path, value: field.stopped })));
}

/** Those of the earlier values that are still as this tool left them: what somebody else changed is theirs. */
export function untouched(object: ClusterObject, earlier: readonly FieldValue[]): readonly FieldValue[] {
  return earlier.filter(({ field }) => (valueAt(object, field.path) ?? null) === field.stopped);
}

export function backPatch(earlier: readonly FieldValue[]): MergePatch {
  return patchOf(earlier.map(({ field, value }) => ({ path: field.path, value })));
}

/** For the record on the object. Throws when there is more than a record may hold. */
export function recordText(earlier: readonly FieldValue[]): string {
  const record = JSON.stringify(backPatch(earlier));
  if (Buffer.byteLength(record) > maxRecordBytes)
    throw new Error(`its earlier state has more than ${maxRecordBytes} bytes, and is not recorded`);
  return record;
}

/** Undefined when it is not what `recordText` writes for this kind. Fields that the lever does not have are left out. */
export function parseRecordText(
  { kind }: { readonly kind: string },
  record: string | undefined,
): readonly FieldValue[] | undefined {
  if (record === undefined || Buffer.byteLength(record) > maxRecordBytes) return undefined;
  const json = parseObject(record);
  const found = leverOf({ kind }).fields.flatMap((field): FieldValue[] => {
    const value = within(json, field.path);
    return value !== undefined && field.accepts(value) ? [{ field, value }] : [];
  });
  return found.length === 0 ? undefined : found;
}

/** The earlier replicas; undefined of a kind that has none. */
export function replicasIn(earlier: readonly FieldValue[]): number | undefined {
  const value = earlier.find(({ field }) => field === replicas)?.value;
  return typeof value === 'number' ? value : undefined;
}

export function withReplicas(
  earlier: readonly FieldValue[],
  number: number | undefined,
): readonly FieldValue[] {
  if (number === undefined) return earlier;
  return earlier.map((one) => (one.field === replicas ? { ...one, value: number } : one));
}

export function deletesClaims(earlier: readonly FieldValue[]): boolean {
  return earlier.some(({ field, value }) => field === whenScaled && value === 'Delete');
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const json = JSON.parse(text) as Json;
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
