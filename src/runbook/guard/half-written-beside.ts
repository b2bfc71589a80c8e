/**
 * A workload may mount more claims than the one that is restored. Guarantees that no run of this tool but `cleanup`
 * starts a workload on a claim that another restore has left half-written.
 */
import { type Claim, type HalfWritten, halfWritten } from '../../domain/claim.ts';
import { wasStopped } from '../../domain/stop-words.ts';
import { mountsClaim, type Workload, workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { readWorkloads } from '../writers/read-workloads.ts';
import type { Stop } from '../writers/stop-objects.ts';

/** A claim that a run has left half-written, and what mounts it. */
export interface HalfWrittenUse {
  readonly claim: Claim;
  readonly mark: HalfWritten;
  readonly workload: Workload;
}

/** Not those of `run` itself: what it has marked it has verified when this is asked. */
export async function halfWrittenUses(
  run: Run,
  namespace: string,
  workloads: readonly Workload[],
): Promise<readonly HalfWrittenUse[]> {
  if (workloads.length === 0) return [];
  const claims = await run.cluster.claims.list(namespace);
  return claims.flatMap((claim) => {
    const mark = halfWritten(claim);
    if (mark === undefined || mark.run === run.id) return [];
    const using = workloads.filter((workload) => mountsClaim(workload, claim.name));
    return using.map((workload) => ({ claim, mark, workload }));
  });
}

export function useWords({ claim, mark, workload }: HalfWrittenUse): string {
  return `${workloadName(workload)} also mounts ${claim.name}, half-written since ${mark.since} by run ${mark.run}`;
}

/** `flags`: of the restore that would mend each. */
export function refuseUses(
  { command }: Run,
  uses: readonly HalfWrittenUse[],
  flags: readonly string[] = [],
): void {
  if (uses.length === 0) return;
  const mends = uses.map(({ claim }) => command('restore', claim.name, '-n', claim.namespace, ...flags));
  throw new RunbookError('claim-half-written', uses.map(useWords).join('; '), {
    next: [...new Set(mends)].map((mend) => `${mend}   # its newest backup, all of it`),
  });
}

/** The last look before step 5.3. What is given back to stay stopped uses nothing. */
export async function refuseStarting(
  run: Run,
  { namespace, stopped }: { readonly namespace: string; readonly stopped: readonly Stop[] },
  flags: readonly string[] = [],
): Promise<void> {
  const starting = stopped.filter(({ resumeTo }) => !wasStopped(resumeTo));
  const workloads = await readWorkloads(run, starting);
  refuseUses(run, await halfWrittenUses(run, namespace, workloads), flags);
}
