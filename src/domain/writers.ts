/**
 * Who writes to a claim: everything that has a pod with it, or may start one, followed through its owners to what must
 * be stopped so that it stays stopped. What is at 0 counts, as anybody may scale it up.
 */
import type { ObjectRef } from './cluster-object.ts';
import { holdsItsClaims, isBackupHelper, isRunPod, type Owner, type Pod } from './pod.ts';
import { hasEnded, isActive, mountsClaim, type Workload } from './workload.ts';

export interface NamespaceObjects {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
}

export interface Writers {
  /** What can be stopped, each the root of its owners, by kind and name. */
  readonly workloads: readonly Workload[];
  /** Unfinished Jobs of CronJobs among them. */
  readonly jobs: readonly Workload[];
  /** Belong to something that this tool does not know, and that would start them again. */
  readonly owned: readonly OwnedWriter[];
  /** Without an owner: deleted, they do not come back. */
  readonly barePods: readonly Pod[];
  /** NKVM's own backup pods, which go by themselves. */
  readonly backupPods: readonly Pod[];
}

/** A writer that an object of a kind without a lever controls: an operator's resource, mostly. */
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
  const barePods: Pod[] = [];
  const backupPods: Pod[] = [];
  const byUid = new Map(objects.workloads.map((workload) => [workload.object.metadata.uid, workload]));

  const follow = (workload: Workload): void => {
    const { owner, uid } = workload.object.metadata;
    const above = owner && byUid.get(owner.uid);
    if (owner === undefined) roots.set(uid, workload);
    else if (above === undefined) owned.set(uid, { owner, workload });
    else {
      if (workload.kind === 'Job' && above.kind === 'CronJob') jobs.set(uid, workload);
      follow(above);
    }
  };

  for (const workload of objects.workloads) {
    if (hasEnded(workload.object) || !mountsClaim(workload, claim)) continue;
    // The old ReplicaSets of a Deployment are its history.
    if (
      workload.object.metadata.owner === undefined ||
      isActive(workload) ||
      !byUid.has(ownerUid(workload))
    ) {
      follow(workload);
    }
  }
  for (const pod of objects.pods) {
    if (!pod.claims.includes(claim) || !holdsItsClaims(pod) || isRunPod(pod)) continue;
    const above = pod.owner && byUid.get(pod.owner.uid);
    if (isBackupHelper(pod)) backupPods.push(pod);
    else if (pod.owner === undefined) barePods.push(pod);
    else if (above === undefined) owned.set(pod.uid, { owner: pod.owner, pod });
    else follow(above);
  }
  return {
    workloads: [...roots.values()].sort(byName),
    jobs: [...jobs.values()].sort(byName),
    owned: [...owned.values()],
    barePods,
    backupPods,
  };
}

function ownerUid({ object }: Workload): string {
  return object.metadata.owner?.uid ?? '';
}

type WorkloadName = Pick<ObjectRef, 'kind' | 'name'>;

/** CronJobs come before the Jobs that they would start. */
export function byName(a: WorkloadName, b: WorkloadName): number {
  return a.kind === b.kind ? compare(a.name, b.name) : compare(a.kind, b.kind);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
