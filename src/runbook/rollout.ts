/** When a workload has rolled out, as `kubectl rollout status` decides it, and when it has failed. */
import type { Pod } from '../domain/pod.ts';
import { type Workload, workloadName } from '../domain/workload.ts';
import type { Run } from './run.ts';

/** What is still waited for; undefined when the workload has rolled out. */
export function rolledOut(workload: Workload): string | undefined {
  const { kind, generation, replicas, rollout } = workload;
  const name = workloadName(workload);
  if (rollout.observedGeneration < generation) return `waiting for ${name}: its change is not seen yet`;
  if (kind === 'Deployment') {
    if (rollout.updatedReplicas < replicas) {
      return `waiting for ${name}: ${rollout.updatedReplicas} of ${replicas} new replicas are updated`;
    }
    if (rollout.replicas > rollout.updatedReplicas)
      return `waiting for ${name}: old replicas are still there`;
  }
  const available = kind === 'Deployment' ? rollout.availableReplicas : rollout.readyReplicas;
  return available < replicas
    ? `waiting for ${name}: ${available} of ${replicas} replicas are ready`
    : undefined;
}

/** Why one of the workloads has failed rather than being slow; undefined when none has. */
export async function failureOf(run: Run, workloads: readonly Workload[]): Promise<string | undefined> {
  for (const workload of workloads) {
    if (rolledOut(workload) === undefined) continue;
    const deadline = workload.rollout.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
    // The condition of an earlier rollout stays until the controller has seen the new generation.
    if (deadline !== undefined && workload.rollout.observedGeneration >= workload.generation) {
      return `${workloadName(workload)}: ProgressDeadlineExceeded: ${deadline.message ?? ''}`;
    }
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
