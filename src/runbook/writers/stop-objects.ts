/**
 * Stops one object, and puts it back. Guarantees that the earlier state stands on the object in the same patch that
 * stops it, and that the state which an unfinished run wrote there is never overwritten; so whatever dies from here on,
 * the cluster itself knows what to give back.
 */
import { ApiError, isStatus } from '../../cluster/connection-error.ts';
import type { ClaimRef } from '../../domain/claim.ts';
import { type ClusterObject, type MergePatch, merged, type ObjectRef } from '../../domain/cluster-object.ts';
import { earlierOf } from '../../domain/earlier-state.ts';
import {
  backPatch,
  type FieldValue,
  fieldsOf,
  isStopped,
  stopPatch,
  untouched,
  withReplicas,
} from '../../domain/field-values.ts';
import { leverOf } from '../../domain/levers.ts';
import { messageOf } from '../../domain/message-of.ts';
import { quiesceRecord, recordAsFound, recordPatch } from '../../domain/quiesce-record.ts';
import type { RunId } from '../../domain/run.ts';
import { workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';
import { refuseTakenSince } from '../guard/other-runs.ts';
import type { Run } from '../run.ts';
import { giveUpFields } from './give-up-fields.ts';
import { refuseUnreadable } from './refuse-unreadable.ts';

/** One object, as it was found and as step 5 gives it back. */
export interface Stop extends ObjectRef {
  /** From before this run, or from before the unfinished one whose record was taken over. */
  readonly earlier: readonly FieldValue[];
  /** What step 5 gives back: the same, unless --replicas says otherwise. */
  readonly resumeTo: readonly FieldValue[];
  /** The unfinished run whose record was taken over. */
  readonly takenOverFrom?: RunId;
  /** What this run found, and the change that puts the record on it back. */
  readonly found: readonly FieldValue[];
  readonly undo: MergePatch;
}

export interface GivenBack {
  /** As it is after the patch. */
  readonly now: ClusterObject;
  /** Somebody else had started it again. */
  readonly isLeft: boolean;
}

export interface StopOptions {
  readonly claim: ClaimRef;
  /** `--replicas`. */
  readonly resumeTo?: number | undefined;
  /**
   * Called before the patch that stops, again when the object is read anew: a patch whose answer is lost may have been
   * made, and must be undone as any other.
   */
  readonly onStopping: (stop: Stop) => void;
  /** Called when the API server has answered that the patch is not made. */
  readonly onRefused: (stop: Stop) => void;
}

export async function stopObject(run: Run, found: ClusterObject, options: StopOptions): Promise<Stop> {
  const { claim, onStopping, onRefused } = options;
  const lever = leverOf(found);
  let object = found;
  for (let attempt = 1; ; attempt++) {
    refuseUnreadable([object]);
    const stop = toStop(run, object, options.resumeTo);
    onStopping(stop);
    try {
      const change = merged(
        stopPatch(fieldsOf(object)),
        recordPatch(object, { ...stop, run: run.id, claim }),
      );
      await run.cluster.objects.patch(lever, object, change);
      return stop;
    } catch (cause) {
      // Somebody else changed it between our reading and our patch: what they wrote must be looked at first.
      const fresh =
        isStatus(cause, 409) && attempt < 5 ? await run.cluster.objects.read(lever, object) : undefined;
      if (fresh === undefined) {
        if (cause instanceof ApiError) onRefused(stop);
        throw failed(object, cause);
      }
      refuseTakenSince(run, { found, now: fresh, claim });
      object = fresh;
    }
  }
}

/**
 * The object as it is now; what somebody else has changed meanwhile is left so. Undefined when it is no longer this run's:
 * then there is nothing to give back.
 */
export async function undoStop(run: Run, one: Stop): Promise<GivenBack | 'gone' | undefined> {
  const { objects } = run.cluster;
  for (let attempt = 1; ; attempt++) {
    const now = await objects.read(leverOf(one), one);
    if (now === undefined) return 'gone';
    if (quiesceRecord(now)?.run !== run.id) return undefined;
    try {
      const back = merged(backPatch(untouched(now, one.found)), one.undo);
      const undone = await objects.patch(leverOf(one), now, back);
      // With the record of an unfinished run it is still stopped by that.
      if (quiesceRecord(undone) === undefined) await giveUpFields(run, undone);
      return { now: undone, isLeft: !isStopped(now) };
    } catch (error) {
      // Its controller writes the status of the change at the same time.
      if (!isStatus(error, 409) || attempt === 5) throw error;
    }
  }
}

/** What a run would make of the object; also for the plan. */
export function toStop({ id }: Pick<Run, 'id'>, object: ClusterObject, resumeTo: number | undefined): Stop {
  const { kind, namespace, name } = object;
  const found = fieldsOf(object);
  const record = quiesceRecord(object);
  const earlier = earlierOf(object);
  return {
    kind,
    namespace,
    name,
    earlier,
    resumeTo: withReplicas(earlier, resumeTo),
    ...(record !== undefined && record.run !== id && { takenOverFrom: record.run }),
    found,
    undo: recordAsFound(object),
  };
}

/** The recorded state of an object that a run has stopped, as step 5 gives it back. */
export function recordedStop(object: ClusterObject): Stop {
  const { kind, namespace, name } = object;
  const earlier = quiesceRecord(object)?.earlier ?? [];
  return { kind, namespace, name, earlier, resumeTo: earlier, found: fieldsOf(object), undo: {} };
}

function failed(object: ClusterObject, cause: unknown): RunbookError {
  const { words } = leverOf(object);
  const what = words === 'replicas' ? 'scaled to 0' : words.stopped;
  return new RunbookError(
    'quiesce-failed',
    `${workloadName(object)} could not be ${what}: ${messageOf(cause)}`,
    { cause },
  );
}
