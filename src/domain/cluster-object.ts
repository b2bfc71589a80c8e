/**
 * An object of any Kubernetes API as JSON. Guarantees only what every object has; what stands in `spec` and `status` is
 * a stranger's, and is looked at with `valueAt` and checked where it is used.
 */
import { type Condition, type Owner, ownerAmong } from './pod.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A kind of the API: where its objects are found. */
export interface ObjectKind {
  readonly kind: string;
  /** As in `apiVersion`, the newest first: an older one is for servers that do not have the newer. */
  readonly apiVersions: readonly [string, ...string[]];
  /** The resource's name in URLs: `deployments`. */
  readonly plural: string;
}

/** Of an `apiVersion`; '' is the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface ClusterObject extends ObjectRef {
  readonly apiVersion: string;
  readonly metadata: ObjectMetadata;
  /** Empty where the object has none. */
  readonly spec: JsonObject;
  readonly status: JsonObject;
}

export interface ObjectMetadata {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner?: Owner;
  /** Who wrote which fields, as the API server keeps it. */
  readonly managedFields: readonly JsonObject[];
}

/** A JSON merge patch (RFC 7386): null takes a field away. */
export type MergePatch = JsonObject;

/** `kind` and `apiVersion` are given, as the items of a list do not have them. */
export function toClusterObject(
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
  json: unknown,
): ClusterObject {
  const object = objectOf(json as Json);
  const metadata = objectOf(object['metadata']);
  const owner = ownerAmong(list(metadata['ownerReferences']).map(objectOf).map(toOwner));
  return {
    kind,
    apiVersion,
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    metadata: {
      uid: text(metadata['uid']),
      resourceVersion: text(metadata['resourceVersion']),
      generation: count(metadata['generation']),
      deleting: metadata['deletionTimestamp'] !== undefined,
      labels: texts(metadata['labels']),
      annotations: texts(metadata['annotations']),
      ...(owner && { owner }),
      managedFields: list(metadata['managedFields']).map(objectOf),
    },
    spec: objectOf(object['spec']),
    status: objectOf(object['status']),
  };
}

/** Undefined where there is nothing; of `metadata` only labels and annotations are there to be looked at. */
export function valueAt(
  { metadata: { labels, annotations }, spec, status }: ClusterObject,
  path: readonly string[],
): Json | undefined {
  return within({ metadata: { labels, annotations }, spec, status }, path);
}

/** The same in any JSON. */
export function within(json: Json | undefined, path: readonly string[]): Json | undefined {
  let at = json;
  for (const key of path) at = objectOf(at)[key];
  return at;
}

/** The merge patch that sets each path to its value. */
export function patchOf(
  values: readonly { readonly path: readonly string[]; readonly value: Json }[],
): MergePatch {
  return values.map(({ path, value }) => nested(path, value)).reduce(merged, {});
}

/** Both patches as one; where they speak of the same field, the second. */
export function merged(first: JsonObject, second: JsonObject): JsonObject {
  const both = Object.entries(second).map(([key, value]): [string, Json] => {
    const earlier = first[key];
    return [key, isObject(earlier) && isObject(value) ? merged(earlier, value) : value];
  });
  return { ...first, ...Object.fromEntries(both) };
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** `status.conditions`. */
export function conditionsOf(status: JsonObject): readonly Condition[] {
  return list(status['conditions'])
    .map(objectOf)
    .map((one) => ({
      type: text(one['type']),
      status: text(one['status']),
      reason: text(one['reason']),
      message: text(one['message']),
    }));
}

/** A number that counts something; 0 where there is none. */
export function count(json: Json | undefined): number {
  return typeof json === 'number' ? json : 0;
}

export function text(json: Json | undefined): string {
  return typeof json === 'string' ? json : '';
}

export function list(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

export function objectOf(json: Json | undefined): JsonObject {
  return isObject(json) ? json : {};
}

function nested(path: readonly string[], value: Json): JsonObject {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nested(rest, value) };
}

function toOwner(reference: JsonObject): Owner {
  return {
    apiVersion: text(reference['apiVersion']),
    kind: text(reference['kind']),
    name: text(reference['name']),
    uid: text(reference['uid']),
    isController: reference['controller'] === true,
  };
}

function texts(json: Json | undefined): Readonly<Record<string, string>> {
  const pairs = Object.entries(objectOf(json)).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(pairs);
}
