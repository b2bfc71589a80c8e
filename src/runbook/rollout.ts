/** When a workload has rolled out, as `kubectl rollout status` decides it, and when it has failed. */
import { conditionsOf, count } from '../domain/cluster-object.ts';
import type { Pod } from '../domain/pod.ts';
import { replicasOf, type Workload, workloadName } from '../domain/workload.ts';
import type { Run } from './run.ts';

/** What is still waited for; undefined when the workload has rolled out. */
export function rolledOut(workload: Workload): string | undefined {
  const { kind, object } = workload;
  const { status, metadata } = object;
  const name = workloadName(workload);
  const replicas = replicasOf(workload) ?? 0;
  if (count(status['observedGeneration']) < metadata.generation)
    return `waiting for ${name}: its change is not seen yet`;
  const updated = count(status['updatedReplicas']);
  if (kind === 'Deployment') {
    if (updated < replicas) return `waiting for ${name}: ${updated} of ${replicas} new replicas are updated`;
    if (count(status['replicas']) > updated) return `waiting for ${name}: old replicas are still there`;
  }
  const available = count(status[kind === 'Deployment' ? 'availableReplicas' : 'readyReplicas']);
  return available < replicas
    ? `waiting for ${name}: ${available} of ${replicas} replicas are ready`
    : undefined;
}

/** Why one of the workloads has failed rather than being slow; undefined when none has. */
export async function failureOf(run: Run, workloads: readonly Workload[]): Promise<string | undefined> {
  for (const workload of workloads) {
    if (rolledOut(workload) === undefined) continue;
    const { status, metadata } = workload.object;
    const deadline = conditionsOf(status).find(({ reason }) => reason === 'ProgressDeadlineExceeded');
    // The condition of an earlier rollout stays until the controller has seen the new generation.
    if (deadline !== undefined && count(status['observedGeneration']) >= metadata.generation) {
      return `${workloadName(workload)}: ProgressDeadlineExceeded: ${deadline.message ?? ''}`;
    }
    if (workload.selector === undefined) continue;
    const pods = await run.cluster.pods.list(workload.namespace, workload.selector);
    const crashing = pods.map(crashOf).find((text) => text !== undefined);
    if (crashing !== undefined) return `${workloadName(workload)}: ${crashing}`;
  }
  return undefined;
}

function crashOf({ name, containers }: Pod): string | undefined {
  const crashing = containers.find(({ reason }) => reason === 'CrashLoopBackOff');
  return crashing && `pod/${name} container ${crashing.name}: CrashLoopBackOff: ${crashing.message ?? ''}`;
}
