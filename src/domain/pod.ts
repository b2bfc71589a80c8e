import type { ObjectKind } from './cluster-object.ts';
import { annotations, component, labels, nkvmName } from './names.ts';
import type { PodTemplate } from './pod-template.ts';

export const podKind: ObjectKind = { kind: 'Pod', apiVersions: ['v1'], plural: 'pods' };

/** A Pod, as far as a restore needs it. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  /** Why the pod as a whole ended: `Evicted`, `DeadlineExceeded`, ..., and the kubelet's words. */
  readonly reason?: string;
  readonly message?: string;
  readonly deleting: boolean;
  /** How long its containers may take to end when it is deleted. */
  readonly gracePeriodSeconds: number;
  /** Names of the containers that have one. */
  readonly preStopHooks: readonly string[];
  readonly finalizers: readonly string[];
  readonly node?: string;
  /** Names of the claims its volumes mount, ephemeral ones included. */
  readonly claims: readonly string[];
  /** Where its containers mount those claims. */
  readonly mounts: readonly ClaimMount[];
  /** What it is like now that it was admitted. */
  readonly template: PodTemplate;
  readonly owner?: Owner;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt?: Date;
  readonly conditions: readonly Condition[];
  readonly containers: readonly ContainerStatus[];
}

export interface ClaimMount {
  readonly claim: string;
  readonly container: string;
  readonly path: string;
  /** Something else is mounted inside it, and is seen there instead of what the claim has. */
  readonly hasMountsBelow: boolean;
}

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** False of one that the object only goes with; whether it starts the object again is not known. */
  readonly isController: boolean;
}

/** The one that controls the object; else the first, as some operators only name themselves. */
export function ownerAmong(owners: readonly Owner[]): Owner | undefined {
  return owners.find(({ isController }) => isController) ?? owners[0];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Why the container waits, or how it ended: `ImagePullBackOff`, `CrashLoopBackOff`, `OOMKilled`, ... */
  readonly reason?: string;
  readonly message?: string;
  readonly state: 'waiting' | 'running' | 'terminated';
}

/** A pod that still has its volumes mounted, or may: terminating ones included. */
export function holdsItsClaims(pod: Pod): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

export function isReady(pod: Pod): boolean {
  return !pod.deleting && pod.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** What to type before a pod without an owner is deleted, to have it again afterwards. */
export function keepPodCommand({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): string {
  return `kubectl -n ${namespace} get pod ${name} -o yaml > ${name}.yaml`;
}

/** NKVM's own backup pod: it lingers in Terminating after a backup, is no writer, and is waited for. */
export function isBackupHelper(pod: Pod): boolean {
  return pod.labels[labels.name] === nkvmName && pod.labels[labels.component] === component.backup;
}

/** A restore or verify pod of this tool, of any run. */
export function isRunPod(pod: Pod): boolean {
  return pod.labels[labels.name] === nkvmName && pod.labels[labels.run] !== undefined;
}

/** One of this tool that mounts its claims read-only. */
export function isReadingPod(pod: Pod): boolean {
  const { [labels.component]: purpose } = pod.labels;
  return isRunPod(pod) && (purpose === component.verify || purpose === component.read);
}

/** The pods that may write to a claim. */
export function holdersOf(claim: string, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => pod.claims.includes(claim) && holdsItsClaims(pod) && !isReadingPod(pod));
}

export function heartbeatOf(pod: Pod): string | undefined {
  return pod.annotations[annotations.heartbeat] ?? pod.createdAt?.toISOString();
}
