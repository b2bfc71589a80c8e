import type { Pod } from '../../domain/pod.ts';
import { failedRollout, rolledOut } from '../../domain/rollout.ts';
import { type Workload, workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

/** Why one of the workloads has failed rather than being slow; undefined when none has. */
export async function failureOf(run: Run, workloads: readonly Workload[]): Promise<string | undefined> {
  for (const workload of workloads) {
    const { namespace, selector } = workload;
    const failed = failedRollout(workload);
    const isWaiting = rolledOut(workload) !== undefined;
    if (failed !== undefined && (isWaiting || workload.kind === 'Job'))
      return `${workloadName(workload)}: ${failed}`;
    if (!isWaiting || selector === undefined) continue;
    const pods = await run.cluster.pods.list(namespace, selector);
    const crashing = pods.map(crashOf).find((text) => text !== undefined);
    if (crashing !== undefined) return `${workloadName(workload)}: ${crashing}`;
  }
  return undefined;
}

function crashOf({ name, containers }: Pod): string | undefined {
  const crashing = containers.find(({ reason }) => reason === 'CrashLoopBackOff');
  return crashing && `pod/${name} container ${crashing.name}: CrashLoopBackOff: ${crashing.message ?? ''}`;
}
