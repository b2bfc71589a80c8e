import { type ClusterObject, conditionsOf, count, groupOf, valueAt } from './cluster-object.ts';
import { fieldsOf, isStopped, replicasIn } from './field-values.ts';
import { type WorkloadKind, workloadLevers } from './levers.ts';
import type { PodTemplate } from './pod-template.ts';

export type { WorkloadKind } from './levers.ts';

/** What starts pods from a template, and can be stopped. */
export interface Workload extends WorkloadRef {
  readonly namespace: string;
  /** As it was read. */
  readonly object: ClusterObject;
  /** Claims that the pod template mounts by name. */
  readonly claims: readonly string[];
  /** Names of a StatefulSet's volumeClaimTemplates. */
  readonly claimTemplates: readonly string[];
  /** Volumes of which each pod has a claim of its own, POD-VOLUME, that goes with the pod. */
  readonly ephemeralVolumes: readonly string[];
  /** matchLabels and matchExpressions of the selector, as a label selector string; undefined of a CronJob. */
  readonly selector?: string;
  readonly template: PodTemplate;
}

export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** Whether it starts pods itself, rather than putting back what does. */
export function isWorkloadRef<T extends { readonly kind: string }>(
  one: T,
): one is T & { readonly kind: WorkloadKind } {
  return workloadLevers.some(({ kind }) => kind === one.kind);
}

/** `deployment/orders`: the form that kubectl prints and accepts. */
export function workloadName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind.toLowerCase()}/${name}`;
}

/** Undefined of a kind that has none. */
export function replicasOf({ object }: Workload): number | undefined {
  return replicasIn(fieldsOf(object));
}

const shortNames: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  sts: 'StatefulSet',
  rs: 'ReplicaSet',
  rc: 'ReplicationController',
  ds: 'DaemonSet',
  cj: 'CronJob',
};

/** `KIND/NAME` with kubectl's short names, the plural, or the group behind it; undefined when it is none of our kinds. */
export function parseWorkloadRef(text: string): WorkloadRef | undefined {
  const [kindText = '', name = '', ...rest] = text.split('/');
  const word = kindText.toLowerCase();
  const kind =
    shortNames[word] ??
    workloadLevers.find(({ kind, plural, apiVersions: [apiVersion] }) => {
      const group = groupOf(apiVersion);
      const names = [kind.toLowerCase(), plural];
      return names.includes(word) || (group !== '' && names.some((one) => `${one}.${group}` === word));
    })?.kind;
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name };
}

/** Whether the workload's pods mount the claim, or one of its ordinals would. */
export function mountsClaim(workload: Workload, claim: string): boolean {
  if (workload.claims.includes(claim)) return true;
  const firstOrdinal = count(valueAt(workload.object, ['spec', 'ordinals', 'start']));
  return workload.claimTemplates.some((template) => {
    const prefix = `${template}-${workload.name}-`;
    const ordinal = claim.startsWith(prefix) ? claim.slice(prefix.length) : '';
    return /^(0|[1-9]\d*)$/.test(ordinal) && Number(ordinal) >= firstOrdinal;
  });
}

/** False of one that starts no pod as it stands: at 0 replicas, suspended, kept off all nodes, or finished. */
export function isActive({ kind, object }: Workload): boolean {
  if (isStopped(object)) return false;
  if (kind === 'Job') return !hasEnded(object);
  return kind !== 'DaemonSet' || object.status['desiredNumberScheduled'] !== 0;
}

/** A Job that is complete or has failed starts no pod ever again. */
export function hasEnded({ kind, status }: ClusterObject): boolean {
  return (
    kind === 'Job' &&
    conditionsOf(status).some(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    )
  );
}
