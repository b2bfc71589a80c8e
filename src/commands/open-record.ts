/** The first line of a restore's record: who, where, what, and out of which archive. */
import type { Backup } from '../domain/backup.ts';
import { type Claim, halfWritten } from '../domain/claim.ts';
import { formatRfc3339 } from '../domain/time.ts';
import { selectionJson } from '../output/plan-landing.ts';
import type { RecordedOwnership } from '../record/recorded-landing.ts';
import { recordedOwnership } from '../record/recorded-ownership.ts';
import type { RestoreRecord } from '../record/restore-record.ts';
import { IncidentRecord } from '../runbook/incident-record.ts';
import type { PreparedRestore, RestoreRequest } from '../runbook/restore-request.ts';
import type { Run } from '../runbook/run.ts';
import { describeLeft, type RunState } from '../runbook/run-state.ts';
import { recordFileFor } from './record-flags.ts';
import { sameAgain, type TypedRestore } from './restore-again.ts';
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

export interface RecordStart {
  readonly flags: RecordFlags;
  readonly claim: Claim;
  readonly authenticatedAs: string | undefined;
  readonly backup?: Backup;
  readonly archive: RestoreRecord['archive'];
  readonly selection?: RestoreRecord['selection'] | undefined;
  readonly incomplete?: RestoreRecord['incomplete'] | undefined;
  readonly ownership?: RecordedOwnership;
  readonly keepStopped: boolean;
  /** The command that does the same once more; absent where nothing is written any more. */
  readonly again?: string;
  readonly notes?: readonly string[];
  /** The file's name where it is not the run's. */
  readonly recordName?: string;
}

interface OpenRecordParts {
  readonly request: RestoreRequest;
  readonly prepared: PreparedRestore;
  readonly flags: RecordFlags;
  readonly typed: TypedRestore;
}

export async function openRecord(
  session: Session,
  run: Run,
  { request, prepared, flags, typed }: OpenRecordParts,
): Promise<RecordedRun> {
  const { source, inspection, vouched } = prepared.archive;
  const { backup } = request.archive;
  return startRecord(session, run, {
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
    selection: selectionJson(prepared.archive),
    incomplete: prepared.archive.incomplete,
    ownership: recordedOwnership(request.owners, prepared.shape, prepared.losses),
    keepStopped: request.keepStopped,
    again: sameAgain(session, typed),
    notes: [...prepared.target.notes, ...prepared.target.losses],
  });
}

/** The record as it begins, not written yet, and the state that every later moment keeps true. */
export function startRecord(session: Session, run: Run, parts: RecordStart): RecordedRun {
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
      ...(parts.selection !== undefined && { selection: parts.selection }),
      ...(parts.incomplete !== undefined && { incomplete: parts.incomplete }),
      ...(parts.ownership !== undefined && { ownership: parts.ownership }),
      ...(parts.authenticatedAs !== undefined && { authenticatedAs: parts.authenticatedAs }),
      operator: flags.operator,
      ...(flags.reason !== undefined && { reason: flags.reason }),
      steps: [],
      workloads: [],
      verification: { outcome: 'not-done' },
      applicationChecks: 'none',
      diagnostics: [],
      leftBehind: [],
      notes: [
        'The backup is crash-consistent at best: NKVM does not stop the writers while it backs up.',
        ...(parts.notes ?? []),
      ],
    },
    { file, clock, reporter: session.reporter },
  );
  session.reporter.info(`record ${record.path}`);
  const state: RunState = {
    namespace: claim.namespace,
    keepStopped: parts.keepStopped,
    ...(parts.again !== undefined && { again: parts.again }),
    stopped: [],
    wasHalfWritten: halfWritten(claim) !== undefined,
    writing: false,
    verified: false,
    resuming: false,
    resumed: new Set(),
    restDue: new Set(),
    leftBehind: [],
  };
  session.host.lastWords.describe = () => describeLeft(run, state);
  return { record, state };
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

export function recordedBackup({
  id,
  namespace,
  pvc,
  createdAt,
  catalog,
}: Backup): NonNullable<RestoreRecord['backup']> {
  return { id, namespace, pvc, createdAt, catalog };
}
