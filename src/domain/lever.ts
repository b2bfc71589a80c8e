/**
 * A lever is a few fields with the value that stops an object; what they were before is a merge patch of the same
 * fields. So what is recorded on an object is what `kubectl patch --type=merge` needs to give it back by hand.
 */
import type { ClusterObject, Json, ObjectKind } from './cluster-object.ts';

export interface Field {
  readonly path: readonly string[];
  /** The value that stops; null: it is taken away. */
  readonly stopped: Json;
  /** What may stand in a record; null is a field that was not there. */
  readonly accepts: (earlier: Json) => boolean;
  /** Given back only when all pods are up again. */
  readonly afterRollout?: true;
}

export interface Lever extends ObjectKind {
  /** All that it may ever change. */
  readonly fields: readonly Field[];
  /** Those of them that stop this object, the one first that decides; all where absent. */
  readonly chosen?: (object: ClusterObject) => readonly Field[];
  readonly words: LeverWords;
}

/** `stop` and `stopped`: `suspend`, `suspended`; `back`: `resumed`. Of replicas the numbers are said instead. */
export type LeverWords =
  | 'replicas'
  | { readonly stop: string; readonly stopped: string; readonly back: string };

export const suspend: Field = {
  path: ['spec', 'suspend'],
  stopped: true,
  accepts: (value) => value === null || typeof value === 'boolean',
};

export const suspended: LeverWords = { stop: 'suspend', stopped: 'suspended', back: 'resumed' };

export function isText(value: Json): boolean {
  return value === null || (typeof value === 'string' && value.length <= 1024);
}
