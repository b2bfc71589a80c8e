/** Runbook steps 5.1 and 5.2, as the record keeps them. */
import { displayPath } from '../domain/archive-path.ts';
import type { StepHeading } from './incident-record.ts';
import type { ExecuteParts } from './restore-request.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import type { ExtractedArchive } from './step4-extract-archive.ts';
import { runChecksInPod, showSample, verifyData } from './step5-verify-data.ts';
import { retried } from './transfer/patience.ts';
import { asVerificationFailure, type Comparison } from './volume/compare-volume.ts';
import { unmarkHalfWritten } from './volume/half-written.ts';

const data: StepHeading = { step: '5.1', heading: 'Verify restored data', otherwise: 'verification-failed' };
const checks: StepHeading = {
  step: '5.2',
  heading: 'Run app-specific validation checks',
  otherwise: 'verification-failed',
};

export async function verifyAndCheck(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
  { pod, extracted }: { readonly pod: RestorePod; readonly extracted: ExtractedArchive },
): Promise<void> {
  const { claim } = prepared.target;
  const { manifest } = prepared.archive;
  await record.during(data, async () => {
    const again = { pod, retry: request.transfer.retry };
    const verifying = {
      pod,
      manifest,
      identity: prepared.shape.identity,
      foreign: extracted.foreign,
      onCompared: ({
        members,
        contentBytes,
        differenceCount,
        differences,
        expectedCount,
        expected,
        extraFiles,
      }: Comparison) =>
        record.note({
          verification: {
            outcome: differenceCount === 0 ? 'identical' : 'different',
            members,
            contentBytes,
            differences: differenceCount,
            firstDifferences: differences.map((one) => ({ ...one, path: displayPath(one.path) })),
            ...(expectedCount > 0 && {
              expectedLosses: expectedCount,
              firstExpectedLosses: expected.map((one) => ({ ...one, path: displayPath(one.path) })),
            }),
            extraFiles,
          },
        }),
    };
    await retried(run, again, () => verifyData(run, verifying)).catch(asVerificationFailure);
    await retried(run, again, () => showSample(run, pod)).catch(asVerificationFailure);
    await unmarkHalfWritten(run, { ...again, claim, state });
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
