/** Part of the runbook's Preconditions: writers that could be stopped, but with a loss, or that wait for another run. */
import { type Claim, halfWritten } from '../../domain/claim.ts';
import { deletesClaims, fieldsOf } from '../../domain/field-values.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import { replicasOf, type Workload, workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';

/** The claim of an ephemeral volume goes with its pod. */
export function refuseEphemeral({ namespace, name, owner }: Claim, workloads: readonly Workload[]): void {
  if (owner?.kind !== 'Pod') return;
  const stopping = workloads.map(workloadName).join(', ') || 'it';
  throw new RunbookError(
    'claims-would-be-deleted',
    `${namespace}/${name} is an ephemeral volume of pod/${owner.name} and goes with it: stopping ${stopping} would delete it`,
  );
}

export function refuseDeletingClaims(workload: Workload, retainClaims: boolean): void {
  if (!deletesClaims(fieldsOf(workload.object)) || replicasOf(workload) === 0 || retainClaims) return;
  throw new RunbookError(
    'claims-would-be-deleted',
    `${workloadName(workload)} deletes its claims when it is scaled down (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)`,
  );
}

/** A workload that waits for another run, or for another half-written claim, must not be started by this one. */
export async function refuseTakenWorkload(
  { cluster, id, command }: Run,
  workload: Workload,
  { claim, hold }: { claim: Claim; hold: boolean },
): Promise<void> {
  const record = quiesceRecord(workload.object);
  const isOfClaim = record?.claim.namespace === claim.namespace && record.claim.name === claim.name;
  if (record?.heldSpec !== undefined && !(hold && !isOfClaim)) {
    throw new RunbookError('run-in-progress', `${workloadName(workload)} is held by run ${record.run}`, {
      next: [
        command('restore', '--continue', record.run, '-n', workload.namespace),
        command('cleanup', record.run, '--resume', '-n', workload.namespace),
      ],
    });
  }
  if (record === undefined || record.run === id || isOfClaim || hold) return;
  const other = await cluster.claims.read(record.claim);
  const mark = other && halfWritten(other);
  if (mark === undefined) return;
  throw new RunbookError(
    'claim-half-written',
    `${workloadName(workload)} also mounts ${record.claim.name}, half-written since ${mark.since} by run ${mark.run}`,
  );
}
