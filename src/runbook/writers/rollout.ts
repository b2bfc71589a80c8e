import type { Pod } from '../../domain/pod.ts';
import { failedRollout, rolledOut } from '../../domain/rollout.ts';
import { type Workload, workloadName } from '../../domain/workload.ts';
import { podsOfWorkload } from '../../domain/workload-pods.ts';
import type { Run } from '../run.ts';

/** Why one of the workloads has failed rather than being slow; undefined when none has. */
export async function failureOf(run: Run, workloads: readonly Workload[]): Promise<string | undefined> {
  for (const workload of workloads) {
    const failed = failedRollout(workload);
    const isWaiting = rolledOut(workload) !== undefined;
    if (failed !== undefined && (isWaiting || workload.kind === 'Job'))
      return `${workloadName(workload)}: ${failed}`;
    if (!isWaiting) continue;
    const crashing = (await podsOf(run, workload)).map(crashOf).find((text) => text !== undefined);
    if (crashing !== undefined) return `${workloadName(workload)}: ${crashing}`;
  }
  return undefined;
}

/** Those that it has started; of a CronJob none, as its Jobs are not waited for. */
export async function podsOf({ cluster }: Run, workload: Workload): Promise<readonly Pod[]> {
  const { kind, namespace, selector } = workload;
  if (selector === undefined) return [];
  const [pods, sets] = await Promise.all([
    cluster.pods.list(namespace, selector),
    kind === 'Deployment' ? cluster.workloads.list(namespace, ['ReplicaSet']) : [],
  ]);
  return podsOfWorkload(workload, { pods, sets });
}

function crashOf({ name, containers }: Pod): string | undefined {
  const crashing = containers.find(({ reason }) => reason === 'CrashLoopBackOff');
  return crashing && `pod/${name} container ${crashing.name}: CrashLoopBackOff: ${crashing.message ?? ''}`;
}
