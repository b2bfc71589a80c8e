/** Runbook steps 5.1 and 5.2, as the record keeps them. */
import { displayPath } from '../domain/archive-path.ts';
import { type ClaimRef, halfWritten } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import type { StepHeading } from './incident-record.ts';
import type { ExecuteParts, PreparedRestore } from './restore.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { runChecksInPod, showSample, verifyData } from './step5-verify-data.ts';

const data: StepHeading = { step: '5.1', heading: 'Verify restored data', otherwise: 'verification-failed' };
const checks: StepHeading = {
  step: '5.2',
  heading: 'Run app-specific validation checks',
  otherwise: 'verification-failed',
};

export async function verifyAndCheck(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
  pod: RestorePod,
): Promise<void> {
  const { claim } = prepared.target;
  const { manifest } = prepared.archive;
  await record.during(data, async () => {
    await verifyData(run, {
      pod,
      manifest,
      onCompared: ({ members, contentBytes, differenceCount, differences, extraFiles }) =>
        record.note({
          verification: {
            outcome: differenceCount === 0 ? 'identical' : 'different',
            members,
            contentBytes,
            differences: differenceCount,
            firstDifferences: differences.map((one) => ({ ...one, path: displayPath(one.path) })),
            extraFiles,
          },
        }),
    });
    await showSample(run, pod);
    await unmark(run, claim, { state, earlier: landsInPart(prepared) ? halfWritten(claim) : undefined });
    state.verified = true;
  });
  if (request.checks.length === 0) return;
  await record.during(checks, () =>
    runChecksInPod(run, {
      pod,
      commands: request.checks,
      timeoutSeconds: request.checkTimeoutSeconds,
      onChecked: (check) => record.addCheck(check),
    }),
  );
}

/** What an earlier restore left half-written stays so when only a part of an archive came after it. */
function landsInPart({ archive: { landed, incomplete } }: PreparedRestore): boolean {
  return landed.leftOutMembers > 0 || incomplete !== undefined;
}

interface Unmarking {
  readonly state: RunState;
  /** The mark that the claim had before this run, where it still holds. */
  readonly earlier: ReturnType<typeof halfWritten>;
}

/** The claim is whole again. A mark that stays would make later restores skip good backups: it is left behind. */
async function unmark(run: Run, claim: ClaimRef, { state, earlier }: Unmarking): Promise<void> {
  if (earlier !== undefined)
    run.reporter.warn(
      `${claim.name} stays marked half-written since ${earlier.since} by run ${earlier.run}: this restore was of a part`,
    );
  try {
    await run.cluster.claims.annotate(claim, {
      [annotations.halfWrittenSince]: earlier?.since ?? null,
      [annotations.halfWrittenBy]: earlier?.run ?? null,
    });
  } catch (error) {
    const { halfWrittenSince: since, halfWrittenBy: by } = annotations;
    run.reporter.warn(
      `the half-written mark on ${claim.name} could not be removed: ${messageOf(error)}; the data is whole: kubectl -n ${claim.namespace} annotate pvc ${claim.name} ${since}- ${by}-`,
    );
    state.leftBehind.push(
      `annotation ${annotations.halfWrittenSince} on persistentvolumeclaim/${claim.name}`,
    );
  }
}
