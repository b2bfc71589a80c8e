/** Who wrote a field of an object, as the API server keeps it in `managedFields`. */
import { type ClusterObject, type JsonObject, text, within } from './cluster-object.ts';
import { fieldManager } from './names.ts';

/**
 * `argocd-controller (Update, 2026-01-02T03:04:05Z)`: of the field at `path`, or where nobody has it (it was taken away,
 * or no path is given) of anything but the status. This tool itself only where it has the field. Undefined where nobody
 * else wrote.
 */
export function lastWriter({ metadata }: ClusterObject, path: readonly string[]): string | undefined {
  const entries = metadata.managedFields.filter(({ subresource }) => subresource !== 'status');
  const keys = path.map((key) => `f:${key}`);
  const owners = entries.filter(({ fieldsV1 }) => keys.length > 0 && within(fieldsV1, keys) !== undefined);
  const others = entries.filter(({ manager }) => manager !== fieldManager);
  const [newest] = (owners.length > 0 ? owners : others).toSorted(newestFirst);
  if (newest === undefined) return undefined;
  const { manager, operation, subresource, time } = newest;
  const how = subresource === undefined ? text(operation) : `${text(operation)} of ${text(subresource)}`;
  const who = manager === fieldManager ? 'another run of this tool' : text(manager);
  return `${who} (${time === undefined ? how : `${how}, ${text(time)}`})`;
}

/** RFC 3339 in UTC with whole seconds: the order of the text is that of the time. A scaling has none. */
function newestFirst(one: JsonObject, other: JsonObject): number {
  return text(one['time']) < text(other['time']) ? 1 : -1;
}
