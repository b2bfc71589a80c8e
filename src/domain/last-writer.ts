/** Who wrote a field of an object, as the API server keeps it in `managedFields`. */
import { type ClusterObject, type JsonObject, text, within } from './cluster-object.ts';
import { fieldManager } from './names.ts';

/**
 * `kubectl (Update of scale, 2026-01-02T03:04:05Z)`: of one of `paths`, or where nobody has those (they were taken
 * away) of anything but the status. Undefined where nobody else wrote.
 */
export function lastWriter(
  { metadata }: ClusterObject,
  paths: readonly (readonly string[])[],
): string | undefined {
  const others = metadata.managedFields.filter(
    ({ manager, subresource }) => manager !== fieldManager && subresource !== 'status',
  );
  const owns = ({ fieldsV1 }: JsonObject): boolean =>
    paths.some(
      (path) =>
        within(
          fieldsV1,
          path.map((key) => `f:${key}`),
        ) !== undefined,
    );
  const owners = others.filter(owns);
  const [newest] = (owners.length > 0 ? owners : others).toSorted(newestFirst);
  if (newest === undefined) return undefined;
  const { manager, operation, subresource, time } = newest;
  const part = text(subresource) === '' ? '' : ` of ${text(subresource)}`;
  return `${text(manager)} (${text(operation)}${part}, ${text(time)})`;
}

/** RFC 3339 in UTC with whole seconds: the order of the text is that of the time. */
function newestFirst(one: JsonObject, other: JsonObject): number {
  return text(one['time']) < text(other['time']) ? 1 : -1;
}
