/**
 * Part of the runbook's Preconditions: who writes to the claim, and whether step 2 can stop each of them so that step 5
 * can bring it back. What cannot be stopped, or would not come back, stops the run here, named with what to do about it.
 */
import type { Claim } from '../../domain/claim.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { keepPodCommand, type Pod } from '../../domain/pod.ts';
import { lostRevisions } from '../../domain/revisions.ts';
import { isActive, type Workload, type WorkloadRef, workloadName } from '../../domain/workload.ts';
import { byName, findWriters, type OwnedWriter, type Writers } from '../../domain/writers.ts';
import { RunbookError } from '../failure-matrix.ts';
import { refuseDeletingClaims, refuseEphemeral } from './refuse-writers.ts';

export interface WriterRequest {
  /** `--workload`: exactly these are expected; empty for all that are found. */
  readonly expected: readonly WorkloadRef[];
  readonly retainClaims: boolean;
  /** `--stop-jobs`: the running Jobs of CronJobs are suspended, not waited for. */
  readonly stopJobs: boolean;
  readonly deleteBarePods: boolean;
  /** `--force-owned`: what belongs to something that would start it again is stopped all the same. */
  readonly forceOwned: boolean;
}

/** What step 2 does to the writers. */
export interface FoundWriters {
  /** Each the root of its owners, or right below one that would start it again. */
  readonly workloads: readonly Workload[];
  /** What is changed, in that order: CronJobs before their Jobs. */
  readonly stops: readonly ClusterObject[];
  /** Deleted after that, and not brought back. */
  readonly barePods: readonly Pod[];
  /** NKVM's own backup pods, which are waited for. */
  readonly backupPods: readonly Pod[];
  /** What does not come back as it was. */
  readonly losses: readonly string[];
  readonly warnings: readonly string[];
}

export function checkWriters(request: WriterRequest, { claim, pods, workloads: all }: FoundIn): FoundWriters {
  const writers = findWriters(claim.name, { pods, workloads: all });
  refuseUnsupported(claim, writers, request);
  const owned = writers.owned.flatMap(({ workload }) => workload ?? []);
  const workloads = [...writers.workloads, ...owned].sort(byName);
  refuseUnexpected(claim, workloads, request.expected);
  refuseEphemeral(claim, workloads);
  for (const workload of workloads) refuseDeletingClaims(workload, request.retainClaims);
  const jobs = request.stopJobs ? writers.jobs : [];
  return {
    workloads,
    stops: [...workloads, ...jobs].sort(byName).map(({ object }) => object),
    barePods: writers.barePods,
    backupPods: writers.backupPods,
    losses: workloads.flatMap((workload) => lostRevisions(workload, all) ?? []),
    warnings: [
      ...writers.owned.flatMap(ownedWarning),
      ...workloads.flatMap(ephemeralWarning),
      ...(request.stopJobs ? [] : writers.jobs.map(jobWarning)),
    ],
  };
}

interface FoundIn {
  readonly claim: Claim;
  /** All of the namespace. */
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
}

interface Refused {
  readonly why: string;
  readonly next: readonly string[];
}

function refuseUnsupported(claim: Claim, { owned, barePods }: Writers, request: WriterRequest): void {
  const { namespace, name } = claim;
  const refused = [
    ...(request.deleteBarePods ? [] : barePods.map(refusedPod)),
    ...owned.flatMap((one) => refusedOwned(one, request.forceOwned)),
  ];
  if (refused.length === 0) return;
  throw new RunbookError(
    'unsupported-writer',
    `${namespace}/${name} is mounted by what this tool does not stop: ${refused.map(({ why }) => why).join('; ')}`,
    { next: [...new Set(refused.flatMap(({ next }) => next))] },
  );
}

function refusedPod({ namespace, name }: Pod): Refused {
  return {
    why: `pod/${name} has no owner and would not come back (--delete-bare-pods deletes it)`,
    next: deleteCommands({ namespace, name }),
  };
}

function deleteCommands({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): readonly string[] {
  return [keepPodCommand({ namespace, name }), `kubectl -n ${namespace} delete pod ${name}`];
}

/** One that its owner keeps at 0 can be left to it. */
function refusedOwned({ owner, workload, pod }: OwnedWriter, isForced: boolean): readonly Refused[] {
  const above = `${owner.kind}/${owner.name}`;
  if (pod !== undefined) return [refusedOwnedPod(owner, pod)];
  if (workload === undefined || isForced || !isActive(workload)) return [];
  const name = workloadName(workload);
  return [
    {
      why: `${name} belongs to ${above}, which may start it again (--force-owned stops it all the same)`,
      next: [stopThrough(owner, workload.namespace, name)],
    },
  ];
}

/** One that its owner does not control may not come back, but only the operator knows. */
function refusedOwnedPod(owner: OwnedWriter['owner'], pod: Pod): Refused {
  const name = `pod/${pod.name}`;
  const above = `${owner.kind}/${owner.name}`;
  if (owner.kind === 'Node')
    return { why: `${name} is a static pod of ${above}: only its manifest on the node stops it`, next: [] };
  const through = stopThrough(owner, pod.namespace, name);
  return owner.isController
    ? { why: `${name} belongs to ${above}, which would start it again`, next: [through] }
    : {
        why: `${name} belongs to ${above}, which may start it again`,
        next: [through, ...deleteCommands(pod)],
      };
}

function stopThrough(owner: OwnedWriter['owner'], namespace: string, name: string): string {
  return `kubectl -n ${namespace} get ${resourceOf(owner)} ${owner.name} -o yaml   # stop ${name} through it, by its own means`;
}

/** `kind.version.group`, as kubectl takes it. */
function resourceOf({ apiVersion, kind }: OwnedWriter['owner']): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return group === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`;
}

function refuseUnexpected(claim: Claim, found: readonly Workload[], expected: readonly WorkloadRef[]): void {
  if (expected.length === 0) return;
  const foundNames = found.map(workloadName);
  const expectedNames = expected.map(workloadName);
  const list = foundNames.join(', ') || 'no workload';
  const strangers = expectedNames.filter((name) => !foundNames.includes(name));
  if (strangers.length > 0) {
    throw new RunbookError(
      'workload-mismatch',
      `${strangers.join(', ')} does not mount ${claim.name}; ${list} does`,
    );
  }
  const unnamed = foundNames.filter((name) => !expectedNames.includes(name));
  if (unnamed.length > 0) {
    throw new RunbookError(
      'workload-mismatch',
      `${unnamed.join(', ')} mounts ${claim.name} too and is not named`,
    );
  }
}

function ownedWarning({ owner, workload }: OwnedWriter): readonly string[] {
  if (workload === undefined) return [];
  const name = workloadName(workload);
  const above = `${owner.kind}/${owner.name}`;
  return isActive(workload)
    ? [
        `${name} belongs to ${above}, which may start it again in the middle: stop it by its own means if it does`,
      ]
    : [`${name} belongs to ${above}, which keeps it stopped: it is left so`];
}

/** Such claims are the pods' own, and made anew with them. */
function ephemeralWarning(workload: Workload): readonly string[] {
  const { ephemeralVolumes } = workload;
  if (ephemeralVolumes.length === 0 || !isActive(workload)) return [];
  return [
    `the pods of ${workloadName(workload)} have ephemeral claims (${ephemeralVolumes.join(', ')}), which go with them and come back empty`,
  ];
}

function jobWarning(job: Workload): string {
  return `${workloadName(job)} is running, and is waited for (--stop-jobs suspends it instead)`;
}
