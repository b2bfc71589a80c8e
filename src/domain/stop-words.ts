/** How the stopping of each kind, and its giving back, is told: in the plan, while it happens, and in the record. */
import type { ClusterObject, ObjectRef } from './cluster-object.ts';
import { type FieldValue, fieldsOf, isStopped, replicasIn } from './field-values.ts';
import { leverOf } from './levers.ts';
import { counted } from './size.ts';
import { workloadName } from './workload.ts';

/** For the plan: `scale deployment/web from 2 to 0, later to 2`. */
export function planWords(
  object: ClusterObject,
  {
    earlier,
    resumeTo,
  }: { readonly earlier: readonly FieldValue[]; readonly resumeTo: readonly FieldValue[] },
): string {
  const name = workloadName(object);
  const { words } = leverOf(object);
  if (words === 'replicas') {
    return `scale ${name} from ${replicasIn(fieldsOf(object))} to 0, later to ${replicasIn(resumeTo)}`;
  }
  if (!isStopped(object)) return `${words.stop} ${name}, later ${words.back}`;
  const later = wasStopped(earlier) ? 'left so, as found' : `later ${words.back}`;
  return `${name} is ${words.stopped} already, ${later}`;
}

/** What step 2 has just done: `deployment/web scaled from 2 to 0`. */
export function stoppedWords(found: ClusterObject): string {
  const name = workloadName(found);
  const { words } = leverOf(found);
  if (words === 'replicas') {
    return isStopped(found)
      ? `${name} is at 0 already`
      : `${name} scaled from ${replicasIn(fieldsOf(found))} to 0`;
  }
  return isStopped(found) ? `${name} is ${words.stopped} already` : `${name} ${words.stopped}`;
}

/** What it is now: `at 0 (was 2)`, `suspended`. */
export function stateWords(one: ObjectRef, earlier: readonly FieldValue[]): string {
  const { words } = leverOf(one);
  return words === 'replicas' ? `at 0 (was ${replicasIn(earlier)})` : words.stopped;
}

/** What waits for the rollout: `statefulset/db keeps whenScaled: Retain (was Delete)`. */
export function restWords(one: ObjectRef, resumeTo: readonly FieldValue[]): string {
  const rest = resumeTo
    .filter(({ field }) => field.afterRollout)
    .map(({ field: { path, stopped }, value }) => `${path.at(-1)}: ${stopped} (was ${value})`);
  return `${workloadName(one)} keeps ${rest.join(', ')}`;
}

/** What a failure before the first written byte has given back. */
export function undoneWords(one: ObjectRef, found: readonly FieldValue[]): string {
  const count = replicasIn(found);
  if (count !== undefined) return `${workloadName(one)} given back its ${counted(count, 'replica')}`;
  return `${workloadName(one)} given back what it had`;
}

/** What giving back has come to: `deployment/web resumed to 2 replicas`, `cronjob/nightly resumed`. */
export function backWords(now: ClusterObject, given: readonly FieldValue[]): string {
  const name = workloadName(now);
  const { words } = leverOf(now);
  if (words === 'replicas') return `${name} resumed to ${counted(replicasIn(fieldsOf(now)) ?? 0, 'replica')}`;
  return wasStopped(given) ? `${name} left ${words.stopped}, as found` : `${name} ${words.back}`;
}

/** Of what a failing application is put back to: `earlier` is what is recorded of it then. */
export function stoppedAgainWords(
  one: ObjectRef & { readonly earlier: readonly FieldValue[] },
  earlier: readonly FieldValue[],
): string {
  const { words } = leverOf(one);
  const name = workloadName(one);
  const count = replicasIn(earlier);
  const isChanged = earlier.some(({ value }, index) => value !== one.earlier[index]?.value);
  const how = words === 'replicas' ? `scaled it to ${count}` : 'changed it';
  const changed = isChanged ? ` (somebody had ${how}, which is recorded)` : '';
  return words === 'replicas'
    ? `${name} is back at 0${changed}`
    : `${name} is ${words.stopped} again${changed}`;
}

/** What giving back would come to. */
export function plannedWords(one: ObjectRef, recorded: readonly FieldValue[]): string {
  const { words } = leverOf(one);
  const name = workloadName(one);
  if (words === 'replicas') return `${name} resumed to ${counted(replicasIn(recorded) ?? 0, 'replica')}`;
  return wasStopped(recorded) ? `${name} left ${words.stopped}, as found` : `${name} ${words.back}`;
}

/** Of what is not given back: `deployment/web stays at 0 (recorded: 2)`. */
export function staysWords(now: ClusterObject, recorded: readonly FieldValue[]): string {
  const { words } = leverOf(now);
  const name = workloadName(now);
  if (words !== 'replicas') return `${name} stays ${isStopped(now) ? words.stopped : 'as it is'}`;
  return `${name} stays at ${replicasIn(fieldsOf(now))} (recorded: ${replicasIn(recorded)})`;
}

/** Of what somebody else has changed meanwhile. */
export function leftWords(now: ClusterObject, recorded: readonly FieldValue[]): string {
  const name = workloadName(now);
  if (leverOf(now).words !== 'replicas') return `${name} left as somebody changed it`;
  const count = counted(replicasIn(fieldsOf(now)) ?? 0, 'replica');
  return `${name} left at ${count}, as somebody scaled it (recorded: ${replicasIn(recorded)})`;
}

/** Of what somebody has deleted meanwhile. */
export function goneWords({
  earlier,
  ...one
}: ObjectRef & { readonly earlier: readonly FieldValue[] }): string {
  const count = replicasIn(earlier);
  return `${workloadName(one)} is gone, somebody deleted it${count === undefined ? '' : ` (recorded: ${count})`}`;
}

/** Whether it was stopped before any run of this tool came. */
export function wasStopped(earlier: readonly FieldValue[]): boolean {
  const [first] = earlier;
  return first === undefined || first.value === first.field.stopped;
}
