/** How a restore ends: what is printed, what is thrown, and what is said where there was no record to keep. */
import { UsageError } from 'clipanion';
import type { Backup } from '../domain/backup.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { parseRunId } from '../domain/run.ts';
import { formatRfc3339 } from '../domain/time.ts';
import { printJson } from '../output/print.ts';
import { restoredText } from '../output/restored-text.ts';
import type { RestoreRecord } from '../record/restore-record.ts';
import { type Conclusion, conclude } from '../runbook/conclude.ts';
import { continueRun, prepareContinue } from '../runbook/continue.ts';
import { exitCodeOf, Interrupted } from '../runbook/failure-matrix.ts';
import { withLock } from '../runbook/guard/take-lock.ts';
import { findHeldRun } from '../runbook/hold.ts';
import type { IncidentRecord } from '../runbook/incident-record.ts';
import type { ResumeRequest } from '../runbook/resume-and-check.ts';
import type { Run } from '../runbook/run.ts';
import { recordedStops } from '../runbook/writers/recorded-stops.ts';
import { describeFailure } from './failure.ts';
import { heldLockRequest } from './lock-request.ts';
import { type RecordFlags, recordedBackup, startRecord } from './open-record.ts';
import { type TypedRestore, withOlder } from './restore-again.ts';
import type { Session } from './session.ts';

/** `restore --continue RUN`. */
export async function runContinued(
  session: Session,
  text: string,
  { flags, known }: { flags: ResumeRequest & RecordFlags; known: KnownOfRestore },
): Promise<number> {
  const id = parseRunId(text);
  if (id === undefined)
    throw new UsageError(`--continue "${text}" is not the name of a run (YYYYMMDDHHMMSS-xxxxx)`);
  const run = await session.startRun(id);
  const { claim } = await prepareContinue(run, await session.namespace());
  return withLock(run, heldLockRequest(session, flags.operator, claim), async (locked) => {
    // Somebody else may have continued it before the lock was ours.
    const held = await findHeldRun(locked, claim.namespace, id);
    const parts = startRecord(session, locked, {
      flags,
      claim,
      authenticatedAs: await run.cluster.access.whoAmI(),
      archive: {
        path: held.archivePath,
        vouched: false,
        ...(held.sha256 !== undefined && { sha256: held.sha256 }),
      },
      incomplete: held.incomplete,
      keepStopped: true,
      // The held run's own record says how its data was verified: it is not overwritten.
      recordName: `${id}-continued`,
    });
    known.isRecorded = true;
    parts.state.stopped = held.stopped;
    parts.state.verified = true;
    parts.record.note({
      ...recordedStops(held.stopped),
      notes: [
        ...parts.record.current.notes,
        `Continues run ${id}, which was held after 5.2 with its data verified.`,
      ],
    });
    const request = { ...flags, backupName: held.archivePath };
    const conclusion = await conclude(locked, { ...parts, done: 'restored' }, () =>
      continueRun(locked, { request, claim, ...parts }),
    );
    finish(session, run, { conclusion, record: parts.record });
    return statusOf(conclusion.record);
  });
}

/** Of a restore that went well: one of a damaged archive is none of the backup. */
export function statusOf({ incomplete }: RestoreRecord): number {
  return incomplete === undefined ? 0 : exitCodeOf('archive-corrupt');
}

export interface FinishParts {
  readonly conclusion: Conclusion;
  readonly record: IncidentRecord;
  /** What was typed; absent for `--continue`. */
  readonly typed?: TypedRestore;
}

/** Prints the answer; throws what ended the run, with what to type next. */
export function finish(session: Session, run: Run, { conclusion, record, typed }: FinishParts): void {
  const { record: finished, error } = conclusion;
  if (!record.isOnDisk) session.host.stderr.write(printJson(finished));
  const printed = session.printDocument(finished);
  if (error !== undefined) throw typed === undefined ? error : withOlder(session, error, typed);
  const text = restoredText(
    finished,
    run.command('restore', '--continue', run.id, '-n', finished.claim.namespace),
  );
  if (printed) for (const line of text.trimEnd().split('\n')) session.reporter.info(line);
  else session.host.stdout.write(text);
}

/** What is known of a restore that ends before its record has begun. */
export interface KnownOfRestore {
  target?: ClaimRef;
  backup?: Backup;
  isRecorded?: boolean;
}

/** `restore` answers with exactly one record, also when it failed before there was one to keep. */
export function printUnrecorded(
  session: Session,
  { target, backup, isRecorded }: KnownOfRestore,
  error: unknown,
): void {
  const { exitCode, code = 'bug', step, message, action } = describeFailure(error, { verbose: false });
  if (isRecorded || exitCode === 2) return;
  const { clock, version, userName } = session.host;
  const now = formatRfc3339(clock.now());
  session.printDocument({
    apiVersion: 'nkvm.dev/v1',
    kind: 'RestoreRecord',
    run: session.runName,
    tool: { name: 'kubectl-nkvm', version },
    startedAt: now,
    finishedAt: now,
    outcome: error instanceof Interrupted ? 'interrupted' : 'failed',
    ...(target !== undefined && { claim: target }),
    ...(backup !== undefined && backup.catalog !== '' && { backup: recordedBackup(backup) }),
    ...(backup?.archive !== undefined && {
      archive: { path: backup.archive.path, vouched: backup.checksumSha256 !== undefined },
    }),
    operator: userName,
    steps: [],
    workloads: [],
    verification: { outcome: 'not-done' },
    applicationChecks: 'none',
    diagnostics: [],
    leftBehind: [],
    notes: ['Nothing was changed.'],
    error: { code, ...(step !== undefined && { step }), message, ...(action !== undefined && { action }) },
  });
}
