/** Jobs that CronJobs have started: between two tries one has no pod, and will have another. */
import type { ClaimRef } from '../../domain/claim.ts';
import { isStopped } from '../../domain/field-values.ts';
import { hasEnded, mountsClaim, type Workload } from '../../domain/workload.ts';
import type { Run } from '../run.ts';

/** Those of these CronJobs that have the claim, are not suspended and have not ended. */
export async function runningJobs(
  { cluster }: Run,
  { namespace, name: claim }: ClaimRef,
  workloads: readonly { readonly kind: string; readonly name: string }[],
): Promise<readonly Workload[]> {
  const cronJobs = workloads.filter(({ kind }) => kind === 'CronJob').map(({ name }) => name);
  if (cronJobs.length === 0) return [];
  return (await cluster.workloads.list(namespace, ['Job'])).filter((job) => {
    const { owner } = job.object.metadata;
    const isOfThem = owner?.kind === 'CronJob' && cronJobs.includes(owner.name);
    return isOfThem && mountsClaim(job, claim) && !hasEnded(job.object) && !isStopped(job.object);
  });
}
