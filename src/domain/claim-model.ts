/** What the restore pod is made like: the workload, or else a pod, that has the claim. */
import type { ClaimRef } from './claim.ts';
import { holdsItsClaims, isBackupHelper, isRunPod, type Pod } from './pod.ts';
import { type ClaimUser, claimUser, type PodTemplate } from './pod-template.ts';
import { mountsClaim, type Workload, workloadName } from './workload.ts';

export interface ClaimModel {
  /** `deployment/web`, `pod/one`. */
  readonly source: string;
  readonly template: PodTemplate;
  readonly user: ClaimUser;
}

/** Undefined when nobody mounts the claim. A template that names no user has that of its running pods. */
export function claimModel(
  { name: claim }: ClaimRef,
  workloads: readonly Workload[],
  pods: readonly Pod[],
): ClaimModel | undefined {
  const pod = applicationPods(claim, pods)[0];
  const podUser = pod && claimUser(pod.template, claim);
  const workload = workloads.find((one) => mountsClaim(one, claim));
  if (workload !== undefined) {
    const { template, claimTemplates } = workload;
    const named = claimUser(template, claim, claimTemplates);
    const groups = [named, podUser].flatMap((user) => user?.supplementalGroups ?? []);
    const user = { ...podUser, ...named, supplementalGroups: [...new Set(groups)] };
    return { source: workloadName(workload), template, user };
  }
  if (pod === undefined || podUser === undefined) return undefined;
  return { source: `pod/${pod.name}`, template: pod.template, user: podUser };
}

/** The pods that have the claim and are neither NKVM's nor this tool's. */
export function applicationPods(claim: string, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(
    (pod) => pod.claims.includes(claim) && holdsItsClaims(pod) && !isRunPod(pod) && !isBackupHelper(pod),
  );
}
