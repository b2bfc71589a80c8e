/** The record of a restore, from its first line to what is printed at the end. */
import { UsageError } from 'clipanion';
import type { Backup } from '../domain/backup.ts';
import type { Claim, ClaimRef } from '../domain/claim.ts';
import { parseRunId } from '../domain/run.ts';
import { formatRfc3339 } from '../domain/time.ts';
import { printJson } from '../output/print.ts';
import { restoredText } from '../output/restored-text.ts';
import type { RestoreRecord } from '../record/restore-record.ts';
import { type Conclusion, conclude } from '../runbook/conclude.ts';
import { continueRun, prepareContinue } from '../runbook/continue.ts';
import { Interrupted, RunbookError } from '../runbook/failure-matrix.ts';
import { IncidentRecord } from '../runbook/incident-record.ts';
import type { PreparedRestore, RestoreRequest } from '../runbook/restore.ts';
import type { ResumeRequest } from '../runbook/resume-and-check.ts';
import type { Run } from '../runbook/run.ts';
import { describeLeft, type RunState } from '../runbook/run-state.ts';
import { describeFailure } from './failure.ts';
import { recordFileFor } from './record-flags.ts';
import type { Session } from './session.ts';

export interface RecordFlags {
  readonly operator: string;
  readonly reason?: string;
  readonly recordPath?: string;
}

export interface RecordedRun {
  readonly record: IncidentRecord;
  readonly state: RunState;
}

interface RecordStart {
  readonly flags: RecordFlags;
  readonly claim: Claim;
  readonly authenticatedAs: string | undefined;
  readonly backup?: Backup;
  readonly archive: RestoreRecord['archive'];
  readonly keepStopped: boolean;
  /** The file's name where it is not the run's. */
  readonly recordName?: string;
}

export async function openRecord(
  session: Session,
  run: Run,
  { request, prepared, flags }: { request: RestoreRequest; prepared: PreparedRestore; flags: RecordFlags },
): Promise<RecordedRun> {
  const { source, inspection, vouched } = prepared.archive;
  const { backup } = request.archive;
  return start(session, run, {
    flags,
    claim: prepared.target.claim,
    authenticatedAs: await run.cluster.access.whoAmI(),
    ...(backup !== undefined && backup.catalog !== '' && { backup }),
    archive: {
      path: source.path,
      ...(inspection.sha256 !== undefined && { sha256: inspection.sha256 }),
      sizeBytes: source.sizeBytes,
      members: inspection.members,
      contentBytes: inspection.contentBytes,
      vouched,
    },
    keepStopped: request.keepStopped,
  });
}

function start(session: Session, run: Run, parts: RecordStart): RecordedRun {
  const { claim, flags } = parts;
  const { context, cluster, server } = run.cluster.identity;
  const { clock, version } = session.host;
  const file = recordFileFor(session.host, flags.recordPath, parts.recordName ?? run.id);
  const record = new IncidentRecord(
    {
      apiVersion: 'nkvm.dev/v1',
      kind: 'RestoreRecord',
      run: run.id,
      tool: { name: 'kubectl-nkvm', version },
      startedAt: formatRfc3339(clock.now()),
      outcome: 'running',
      cluster: { context, name: cluster, server },
      claim: recordedClaim(claim, parts.backup),
      ...(parts.backup !== undefined && { backup: recordedBackup(parts.backup) }),
      archive: parts.archive,
      ...(parts.authenticatedAs !== undefined && { authenticatedAs: parts.authenticatedAs }),
      operator: flags.operator,
      ...(flags.reason !== undefined && { reason: flags.reason }),
      steps: [],
      workloads: [],
      verification: { outcome: 'not-done' },
      applicationChecks: 'none',
      diagnostics: [],
      leftBehind: [],
      notes: ['The backup is crash-consistent at best: NKVM does not stop the writers while it backs up.'],
    },
    { file, clock, reporter: session.reporter },
  );
  session.reporter.info(`record ${record.path}`);
  const state: RunState = {
    namespace: claim.namespace,
    keepStopped: parts.keepStopped,
    stopped: [],
    writing: false,
    resuming: false,
    leftBehind: [],
  };
  session.host.lastWords.describe = () => describeLeft(run, state);
  return { record, state };
}

/** `restore --continue RUN`. */
export async function runContinued(
  session: Session,
  text: string,
  flags: ResumeRequest & RecordFlags,
): Promise<number> {
  const id = parseRunId(text);
  if (id === undefined)
    throw new UsageError(`--continue "${text}" is not the name of a run (YYYYMMDDHHMMSS-xxxxx)`);
  const run: Run = { ...(await session.startRun()), id };
  const { held, claim } = await prepareContinue(run, await session.namespace());
  const parts = start(session, run, {
    flags,
    claim,
    authenticatedAs: await run.cluster.access.whoAmI(),
    archive: {
      path: held.archivePath,
      vouched: false,
      ...(held.sha256 !== undefined && { sha256: held.sha256 }),
    },
    keepStopped: true,
    // The held run's own record says how its data was verified: it is not overwritten.
    recordName: `${id}-continued`,
  });
  parts.state.stopped = held.workloads;
  parts.record.note({
    workloads: held.workloads.map(({ kind, name, replicas }) => ({ kind, name, replicasBefore: replicas })),
    notes: [
      ...parts.record.current.notes,
      `Continues run ${id}, which was held after 5.2 with its data verified.`,
    ],
  });
  const request = { ...flags, backupName: held.archivePath };
  const conclusion = await conclude(run, { ...parts, done: 'restored' }, () =>
    continueRun(run, { request, claim, ...parts }),
  );
  return finish(session, run, { conclusion, record: parts.record, older: [], catalog: undefined });
}

export interface FinishParts {
  readonly conclusion: Conclusion;
  readonly record: IncidentRecord;
  readonly older: readonly Backup[];
  /** `--catalog`, for the command that names an older backup. */
  readonly catalog: string | undefined;
}

/** Prints the answer; throws what ended the run, with what to type next. */
export function finish(
  session: Session,
  run: Run,
  { conclusion, record, older, catalog }: FinishParts,
): number {
  const { record: finished, error } = conclusion;
  if (!record.isOnDisk) session.host.stderr.write(printJson(finished));
  const printed = session.printDocument(finished);
  if (error !== undefined) throw withOlder(error, run, older, catalog);
  const text = restoredText(
    finished,
    run.command('restore', '--continue', run.id, '-n', finished.claim.namespace),
  );
  if (printed) for (const line of text.trimEnd().split('\n')) session.reporter.info(line);
  else session.host.stdout.write(text);
  return 0;
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

/** After a bad archive or a failing app: the prior backup, with its command. */
function withOlder(
  error: unknown,
  run: Run,
  [older]: readonly Backup[],
  catalog: string | undefined,
): unknown {
  if (!(error instanceof RunbookError) || older === undefined) return error;
  if (!['app-failed', 'app-not-ready', 'data-differs', 'check-failed'].includes(error.code)) return error;
  const command = run.command(
    'restore',
    `backup/${older.id}`,
    ...(catalog === undefined ? [] : ['--catalog', catalog]),
  );
  return new RunbookError(error.code, error.message, {
    cause: error.cause,
    next: [...error.next, `${command}   # the previous successful backup, of ${older.createdAt}`],
  });
}

function recordedClaim({ namespace, name, uid }: Claim, backup: Backup | undefined): RestoreRecord['claim'] {
  const backedUpUid = backup?.pvcUid;
  return {
    namespace,
    name,
    uid,
    ...(backedUpUid !== undefined && { backedUpUid, sameClaim: backedUpUid === uid }),
  };
}

function recordedBackup({
  id,
  namespace,
  pvc,
  createdAt,
  catalog,
}: Backup): NonNullable<RestoreRecord['backup']> {
  return { id, namespace, pvc, createdAt, catalog };
}
