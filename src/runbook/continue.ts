/** `restore --continue RUN`: steps 5.3 to 6 of a run that was held, from any machine that reaches the cluster. */
import type { Claim } from '../domain/claim.ts';
import { leverOf } from '../domain/levers.ts';
import { workloadName } from '../domain/workload.ts';
import type { LockedRun } from './guard/claim-lock.ts';
import { refuseStarting } from './guard/half-written-beside.ts';
import type { HeldRun } from './hold.ts';
import { findHeldRun } from './hold.ts';
import type { IncidentRecord } from './incident-record.ts';
import { requiredPermissions, requirePermissions, stopPermissions } from './permissions.ts';
import { readClaim } from './read-claim.ts';
import { type ResumeRequest, resumeAndCheck } from './resume-and-check.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';

/** Reads only: the held run as the cluster tells it, and its claim. `run.id` is the held run's name. */
export async function prepareContinue(run: Run, namespace: string): Promise<{ held: HeldRun; claim: Claim }> {
  run.reporter.heading('Preconditions');
  await requirePermissions(run.cluster, namespace, requiredPermissions);
  const held = await findHeldRun(run, namespace, run.id);
  for (const one of held.notYetHeld) {
    run.reporter.warn(
      `run ${run.id} ended before it held ${workloadName(one)}: that gets what it had, whatever --replicas was`,
    );
  }
  await requirePermissions(run.cluster, namespace, stopPermissions(held.stopped.map(leverOf)));
  const claim = await readClaim(run, held.claim, { toWrite: true });
  await refuseStarting(run, { namespace: claim.namespace, stopped: held.stopped }, ['--hold']);
  return { held, claim };
}

export interface ContinueParts {
  readonly request: ResumeRequest;
  readonly claim: Claim;
  readonly record: IncidentRecord;
  readonly state: RunState;
}

export async function continueRun(run: LockedRun, parts: ContinueParts): Promise<void> {
  await parts.record.create();
  await resumeAndCheck(run, parts);
}
