/** Runbook steps 5.1 and 5.2, as the record keeps them. */
import { displayPath } from '../domain/archive-path.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { asVerificationFailure, type Comparison } from './compare-volume.ts';
import type { StepHeading } from './incident-record.ts';
import type { ExecuteParts } from './restore.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { runChecksInPod, showSample, verifyData } from './step5-verify-data.ts';
import { retried } from './transfer/patience.ts';

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
    const again = { pod, retry: request.transfer.retry };
    const verifying = {
      pod,
      manifest,
      onCompared: ({ members, contentBytes, differenceCount, differences, extraFiles }: Comparison) =>
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
    };
    await retried(run, again, () => verifyData(run, verifying)).catch(asVerificationFailure);
    await retried(run, again, () => showSample(run, pod)).catch(asVerificationFailure);
    await unmark(run, claim, state);
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

/** The claim is whole again. A mark that stays would make later restores skip good backups: it is left behind. */
async function unmark(run: Run, claim: ClaimRef, state: RunState): Promise<void> {
  try {
    await run.cluster.claims.annotate(claim, {
      [annotations.halfWrittenSince]: null,
      [annotations.halfWrittenBy]: null,
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
