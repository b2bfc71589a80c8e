/**
 * The mark on a claim that a run has begun to change and has not found whole since. It tells later restores which
 * backups are of half-written data, and everybody that the writers must stay down.
 */
import { type Claim, type ClaimRef, halfWritten } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { holdersOf } from '../domain/pod.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/** The last look before the first change: throws `writers-not-stopped` when somebody has started a writer again. */
export async function markHalfWritten(run: Run, pod: RestorePod, claim: Claim): Promise<void> {
  await refuseReturnedWriters(run, pod, claim);
  await run.cluster.claims.annotate(claim, {
    // The first run that failed decides which backups are of half-written data.
    [annotations.halfWrittenSince]: halfWritten(claim)?.since ?? run.cluster.now().toISOString(),
    [annotations.halfWrittenBy]: run.id,
  });
}

export interface Unmarking {
  readonly state: RunState;
  /** The mark that the claim had before this run, where it still holds. */
  readonly earlier: ReturnType<typeof halfWritten>;
}

/** The claim is whole again. A mark that stays would make later restores skip good backups: it is left behind. */
export async function unmarkHalfWritten(
  run: Run,
  claim: ClaimRef,
  { state, earlier }: Unmarking,
): Promise<void> {
  const { halfWrittenSince: since, halfWrittenBy: by } = annotations;
  if (earlier !== undefined) {
    run.reporter.warn(
      `${claim.name} stays marked half-written since ${earlier.since} by run ${earlier.run}: this restore was of a part`,
    );
  }
  try {
    await run.cluster.claims.annotate(claim, { [since]: earlier?.since ?? null, [by]: earlier?.run ?? null });
  } catch (error) {
    run.reporter.warn(
      `the half-written mark on ${claim.name} could not be removed: ${messageOf(error)}; the data is whole: kubectl -n ${claim.namespace} annotate pvc ${claim.name} ${since}- ${by}-`,
    );
    state.leftBehind.push(`annotation ${since} on persistentvolumeclaim/${claim.name}`);
  }
}

/** A controller that heals itself, or a colleague, may have started the writers again since step 2. */
async function refuseReturnedWriters(run: Run, pod: RestorePod, claim: Claim): Promise<void> {
  const pods = await run.cluster.pods.list(claim.namespace);
  const back = holdersOf(claim.name, pods).filter(({ name }) => name !== pod.name);
  if (back.length === 0) return;
  throw new RunbookError(
    'writers-not-stopped',
    `pods came back with the claim while the restore pod started: ${back.map(({ name }) => name).join(', ')}; nothing was written`,
  );
}
