/**
 * What a run writes on an object that it stops, so that the cluster itself knows what to give back, whatever becomes of
 * the run. Read back as a stranger's text: parsed, bounded, never executed.
 */
import { type ClaimRef, parseClaimRef } from './claim.ts';
import type { ClusterObject, JsonObject } from './cluster-object.ts';
import { type FieldValue, parseRecordText, recordText } from './field-values.ts';
import { type HeldIncomplete, parseHeldIncomplete } from './held-incomplete.ts';
import { annotations } from './names.ts';
import { parseRunId, type RunId } from './run.ts';

/** What a run wrote on an object in the patch that stopped it, and has not taken back. */
export interface QuiesceRecord {
  readonly run: RunId;
  readonly claim: ClaimRef;
  readonly earlier: readonly FieldValue[];
  /** Set on a held object. */
  readonly heldSpec?: string;
  readonly heldArchive?: string;
  readonly heldChecksum?: string;
  readonly heldIncomplete?: HeldIncomplete;
}

/** Undefined when there is none, or when what is there is not what this tool writes. */
export function quiesceRecord(object: ClusterObject): QuiesceRecord | undefined {
  if (isCopy(object)) return undefined;
  const values = object.metadata.annotations;
  const run = parseRunId(values[annotations.run]);
  const claim = parseClaimRef(values[annotations.claim] ?? '', object.namespace);
  const earlier = parseRecordText(object, values[annotations.earlier]);
  if (run === undefined || claim === undefined || earlier === undefined) return undefined;
  const heldSpec = values[annotations.heldSpec];
  const heldArchive = values[annotations.heldArchive];
  const heldChecksum = values[annotations.heldChecksum];
  const heldIncomplete = parseHeldIncomplete(values[annotations.heldIncomplete]);
  return {
    run,
    claim,
    earlier,
    ...(heldSpec !== undefined && { heldSpec: heldSpec.slice(0, 64) }),
    ...(heldArchive !== undefined && { heldArchive: heldArchive.slice(0, 4096) }),
    ...(heldChecksum !== undefined && /^[0-9a-f]{64}$/.test(heldChecksum) && { heldChecksum }),
    ...(heldIncomplete !== undefined && { heldIncomplete }),
  };
}

/** A record that is there and cannot be read: what it was about is not known, and must not be overwritten. */
export function hasForeignRecord(object: ClusterObject): boolean {
  const { run, earlier } = annotations;
  const values = object.metadata.annotations;
  if (isCopy(object)) return false;
  const isThere = values[run] !== undefined || values[earlier] !== undefined;
  return isThere && quiesceRecord(object) === undefined;
}

/** Whether what stands on it is a copy: a Deployment's controller copies its annotations to its ReplicaSets. */
export function isCopy({ kind, metadata: { owner } }: ClusterObject): boolean {
  if (kind !== 'ReplicaSet' || owner?.isController !== true) return false;
  return owner.kind === 'Deployment' && owner.apiVersion.startsWith('apps/');
}

/** Everything that a run writes on an object and takes away again. */
export const recordKeys = [
  annotations.run,
  annotations.claim,
  annotations.earlier,
  annotations.heldSpec,
  annotations.heldArchive,
  annotations.heldChecksum,
  annotations.heldIncomplete,
] as const;

/** The merge patch that takes the record away. */
export const noRecord: JsonObject = annotated(Object.fromEntries(recordKeys.map((key) => [key, null])));

/** The merge patch that writes the record, without what a held run adds. */
export function recordPatch(
  object: Pick<ClusterObject, 'namespace'>,
  { run, claim, earlier }: Pick<QuiesceRecord, 'run' | 'claim' | 'earlier'>,
): JsonObject {
  const { namespace, name } = claim;
  return annotated({
    ...Object.fromEntries(recordKeys.map((key) => [key, null])),
    [annotations.run]: run,
    [annotations.claim]: namespace === object.namespace ? name : `${namespace}/${name}`,
    [annotations.earlier]: recordText(earlier),
  });
}

/** The merge patch that puts the keys of the record as they are on this object. */
export function recordAsFound({ metadata }: ClusterObject): JsonObject {
  return annotated(Object.fromEntries(recordKeys.map((key) => [key, metadata.annotations[key] ?? null])));
}

export function annotated(values: Readonly<Record<string, string | null>>): JsonObject {
  return { metadata: { annotations: values } };
}
