/** What the incident record says of everything that step 2 stops: replicas before and after, or what was changed. */
import type { ObjectRef } from '../../domain/cluster-object.ts';
import { type FieldValue, replicasIn } from '../../domain/field-values.ts';
import { leverOf } from '../../domain/levers.ts';
import type { Pod } from '../../domain/pod.ts';
import { wasStopped } from '../../domain/stop-words.ts';
import { isWorkloadRef } from '../../domain/workload.ts';
import type { RecordedStop, RecordedWorkload, RestoreRecord } from '../../record/restore-record.ts';
import type { Stop } from './stop-objects.ts';

type Recorded = Pick<RestoreRecord, 'workloads' | 'stopped'>;

export function recordedStops(stops: readonly Stop[]): Recorded {
  const stopped = stops.flatMap((one) => (replicasIn(one.earlier) === undefined ? recordedStop(one) : []));
  return {
    workloads: stops.flatMap((one) => recordedWorkload(one) ?? []),
    ...(stopped.length > 0 && { stopped }),
  };
}

/** With one more that has no replicas, after what was recorded before. */
export function withStop({ stopped = [] }: Recorded, one: Stop): Pick<Recorded, 'stopped'> {
  return { stopped: [...stopped.filter((other) => !isOf(other, one)), recordedStop(one)] };
}

/** `manifest`: the file from which it can be created again. */
export function withDeletedPod(
  { stopped = [] }: Recorded,
  { namespace, name }: Pod,
  manifest: string,
): Pick<Recorded, 'stopped'> {
  const pod = {
    kind: 'Pod',
    namespace,
    name,
    change: 'deleted',
    before: 'running',
    after: 'stopped',
    manifest,
  } as const;
  return { stopped: [...stopped, pod] };
}

/** `now`: its fields as the run leaves them. */
export function withOutcome(
  { workloads, stopped }: Recorded,
  one: Stop,
  now: readonly FieldValue[] | 'stopped',
): Recorded {
  const replicasAfter = now === 'stopped' ? 0 : replicasIn(now);
  const after = now === 'stopped' || wasStopped(now) ? 'stopped' : 'running';
  return {
    workloads: workloads.map((recorded) =>
      isOf(recorded, one) && replicasAfter !== undefined ? { ...recorded, replicasAfter } : recorded,
    ),
    ...(stopped !== undefined && {
      stopped: stopped.map((recorded) => (isOf(recorded, one) ? { ...recorded, after } : recorded)),
    }),
  };
}

/** Of one that somebody has deleted. */
export function withGone({ workloads, stopped }: Recorded, one: Stop): Recorded {
  return {
    workloads: workloads.map((recorded) => (isOf(recorded, one) ? { ...recorded, gone: true } : recorded)),
    ...(stopped !== undefined && {
      stopped: stopped.map((recorded) => (isOf(recorded, one) ? { ...recorded, gone: true } : recorded)),
    }),
  };
}

export function isConcluded({ workloads, stopped = [] }: Recorded, one: Stop): boolean {
  const workload = workloads.find((recorded) => isOf(recorded, one));
  return workload?.replicasAfter !== undefined || stopped.some((other) => isOf(other, one) && other.after);
}

function recordedWorkload(one: Stop): RecordedWorkload | undefined {
  const { name, earlier, takenOverFrom } = one;
  const replicasBefore = replicasIn(earlier);
  if (!isWorkloadRef(one) || replicasBefore === undefined) return undefined;
  return { kind: one.kind, name, replicasBefore, ...(takenOverFrom !== undefined && { takenOverFrom }) };
}

function recordedStop(one: Stop): RecordedStop {
  const { kind, namespace, name, earlier, takenOverFrom } = one;
  const { words } = leverOf(one);
  return {
    kind,
    namespace,
    name,
    change: words === 'replicas' ? 'scaled to 0' : words.stopped,
    before: wasStopped(earlier) ? 'stopped' : 'running',
    ...(takenOverFrom !== undefined && { takenOverFrom }),
  };
}

/** A workload's record has no namespace: it is the claim's. */
function isOf(recorded: Omit<ObjectRef, 'namespace'> & { readonly namespace?: string }, one: Stop): boolean {
  const { kind, name, namespace = one.namespace } = recorded;
  return kind === one.kind && name === one.name && namespace === one.namespace;
}
