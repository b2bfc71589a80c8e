/** Part of the runbook's Preconditions: writers that could be stopped, but with a loss. */
import type { Claim } from '../../domain/claim.ts';
import { deletesClaims, fieldsOf } from '../../domain/field-values.ts';
import { replicasOf, type Workload, workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';

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
