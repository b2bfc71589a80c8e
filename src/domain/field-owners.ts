/**
 * Whose the fields of an object are, as the API server keeps it in `managedFields`. Who changes a field has it from then
 * on, also when the value is the earlier one again: whoever applies the object server-side would meet a conflict.
 */
import type { ClusterObject, JsonObject } from './cluster-object.ts';
import { fieldManager } from './names.ts';

/** What is there when this tool has given up its fields; undefined where nobody would meet a conflict. */
export function withoutOurs({ metadata }: ClusterObject): readonly JsonObject[] | undefined {
  const { managedFields } = metadata;
  const others = managedFields.filter((entry) => !isOurs(entry));
  const isApplied = others.some(({ operation }) => operation === 'Apply');
  return isApplied && others.length < managedFields.length ? others : undefined;
}

function isOurs({ manager, subresource }: JsonObject): boolean {
  return manager === fieldManager && subresource === undefined;
}
