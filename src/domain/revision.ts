import type { JsonObject } from './cluster-object.ts';
import type { Owner } from './pod.ts';

/** A template that a DaemonSet or a StatefulSet has had: where `kubectl rollout undo` goes back to. */
export interface Revision {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly owner?: Owner;
  /** The part of the owner that it brings back. */
  readonly data: JsonObject;
}
