/**
 * Who writes to a claim: everything that has a pod with it, or may start one, followed through its owners to what must
 * be stopped so that it stays stopped. What is at 0 counts, as anybody may scale it up.
 */
import type { ObjectRef } from './cluster-object.ts';
import { holdsItsClaims, isBackupHelper, isRunPod, type Owner, type Pod } from './pod.ts';
import { hasEnded, isActive, mountsClaim, type Workload, type WorkloadKind } from './workload.ts';

export interface NamespaceObjects {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
}

export interface Writers {
  /** What can be stopped, each the root of its owners, by kind and name. */
  readonly workloads: readonly Workload[];
  /** Unfinished Jobs of CronJobs among them. */
  readonly jobs: readonly Workload[];
  /** Belong to something that would start them again, however this tool stops it. */
  readonly owned: readonly OwnedWriter[];
  /** Without an owner, or with one that is such a pod: deleted, they do not come back. */
  readonly barePods: readonly Pod[];
  /** NKVM's own backup pods, which go by themselves. */
  readonly backupPods: readonly Pod[];
}

/** A writer that something controls which does not stop it when it is stopped itself: an operator's resource, mostly. */
export interface OwnedWriter {
  readonly owner: Owner;
  /** The workload right below the owner; absent where the owner has the pod itself. */
  readonly workload?: Workload;
  readonly pod?: Pod;
}

export function findWriters(claim: string, objects: NamespaceObjects): Writers {
  const roots = new Map<string, Workload>();
  const jobs = new Map<string, Workload>();
  const owned = new Map<string, OwnedWriter>();
  const barePods = new Map<string, Pod>();
  const backupPods: Pod[] = [];
  const byUid = new Map(objects.workloads.map((workload) => [workload.object.metadata.uid, workload]));
  const podsByUid = new Map(objects.pods.map((pod) => [pod.uid, pod]));
  /** Of one that is only named as an owner it is not known whether it starts anything. */
  const above = (owner: Owner | undefined): Workload | undefined =>
    owner?.isController ? byUid.get(owner.uid) : undefined;
  const makerOf = ({ kind, object }: Workload): Workload | undefined => {
    const next = above(object.metadata.owner);
    return next?.kind === makers[kind] ? next : undefined;
  };

  const follow = (workload: Workload): void => {
    const { owner, uid } = workload.object.metadata;
    const maker = makerOf(workload);
    if (owner === undefined) roots.set(uid, workload);
    else if (maker === undefined) owned.set(uid, { owner, workload });
    else {
      if (workload.kind === 'Job') jobs.set(uid, workload);
      follow(maker);
    }
  };
  /** A pod that belongs to a pod goes with it: Spark's executors with their driver. */
  const followPod = (pod: Pod, below: readonly Pod[] = []): void => {
    const { owner, uid } = pod;
    const next = above(owner);
    const abovePod = owner && podsByUid.get(owner.uid);
    if (owner === undefined) barePods.set(uid, pod);
    else if (next !== undefined && !isMaker(next)) follow(next);
    else if (abovePod !== undefined && !below.includes(abovePod)) followPod(abovePod, [...below, pod]);
    else owned.set(uid, { owner, pod });
  };

  for (const workload of objects.workloads) {
    if (hasEnded(workload.object) || !mountsClaim(workload, claim)) continue;
    // The old ReplicaSets of a Deployment are its history.
    if (isActive(workload) || makerOf(workload) === undefined) follow(workload);
  }
  for (const pod of objects.pods) {
    if (!pod.claims.includes(claim) || !holdsItsClaims(pod) || isRunPod(pod)) continue;
    if (isBackupHelper(pod)) backupPods.push(pod);
    else followPod(pod);
  }
  return {
    workloads: [...roots.values()].sort(byName),
    jobs: [...jobs.values()].sort(byName),
    owned: [...owned.values()],
    barePods: [...barePods.values()],
    backupPods,
  };
}

/** Stopping these stops what they have made: they have no pods themselves. An operator may own a workload by its own. */
const makers: Partial<Record<WorkloadKind, WorkloadKind>> = { ReplicaSet: 'Deployment', Job: 'CronJob' };

function isMaker({ kind }: Workload): boolean {
  return Object.values(makers).includes(kind);
}

type WorkloadName = Pick<ObjectRef, 'kind' | 'name'>;

/** CronJobs come before the Jobs that they would start. */
export function byName(a: WorkloadName, b: WorkloadName): number {
  return a.kind === b.kind ? compare(a.name, b.name) : compare(a.kind, b.kind);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
