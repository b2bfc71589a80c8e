/**
 * The incident record of one restore: the runbook's four points (claim and namespace, artifact and checksum, operator
 * and times, verification outcome) and what else a reader needs later. Printed by `restore -o json|yaml`, kept as a
 * file. Fields are only ever added. No secret is ever in it.
 */
import type { Difference } from '../domain/difference.ts';
import type { MergeCounts } from '../domain/merge.ts';
import type { RunId } from '../domain/run.ts';
import type { WorkloadKind } from '../domain/workload.ts';
import type {
  RecordedIncomplete,
  RecordedOwnership,
  RecordedSafety,
  RecordedSelection,
  RecordedTransfer,
  RecordedWipe,
} from './recorded-landing.ts';

export interface RestoreRecord {
  readonly apiVersion: 'nkvm.dev/v1';
  readonly kind: 'RestoreRecord';
  readonly run: RunId;
  readonly tool: { readonly name: string; readonly version: string };
  /** RFC 3339 UTC, like every time here. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly outcome: 'running' | 'restored' | 'held' | 'failed' | 'interrupted';
  readonly cluster: { readonly context: string; readonly name: string; readonly server: string };
  readonly claim: RecordedClaim;
  readonly backup?: RecordedBackup;
  readonly archive: RecordedArchive;
  readonly ownership?: RecordedOwnership;
  /** Who the API server says we are; absent where it does not say. */
  readonly authenticatedAs?: string;
  /** Who the operator says they are. */
  readonly operator: string;
  readonly reason?: string;
  /** Absent when the whole archive was asked for. */
  readonly selection?: RecordedSelection;
  /** What the archive has no more, where the operator accepted that. */
  readonly incomplete?: RecordedIncomplete;
  /** What step 4 found that it would do to the volume; absent before. */
  readonly merge?: MergeCounts;
  readonly steps: readonly RecordedStep[];
  readonly workloads: readonly RecordedWorkload[];
  /** What else was stopped, that has no replicas; absent where there was nothing. */
  readonly stopped?: readonly RecordedStop[];
  /** How often steps 4 and 5.1 tried a lost connection again, the upload included; absent where they never did. */
  readonly retries?: number;
  /** How the archive moved in step 4; absent before its first byte. */
  readonly transfer?: RecordedTransfer;
  /** Absent where neither a copy was made nor the operator said that there is one. */
  readonly safety?: RecordedSafety;
  /** Half a safety copy, while it is being made and where it could not be removed: `volumesnapshot/NAME`, or a file. */
  readonly unfinishedCopy?: string | undefined;
  /** Absent where nothing was removed. */
  readonly wipe?: RecordedWipe;
  readonly verification: RecordedVerification;
  /** `none` when no check was given. */
  readonly applicationChecks: 'none' | readonly RecordedCheck[];
  /** What the cluster said about a failure: pod conditions, events, last log lines. */
  readonly diagnostics: readonly string[];
  /** Things of this run that are still on the cluster. */
  readonly leftBehind: readonly string[];
  readonly notes: readonly string[];
  readonly error?: RecordedError;
}

export interface RecordedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The UID in the backup's row, where it has one. */
  readonly backedUpUid?: string;
  readonly sameClaim?: boolean;
}

export interface RecordedBackup {
  readonly id: string;
  readonly namespace: string;
  readonly pvc: string;
  readonly createdAt: string;
  readonly catalog: string;
}

export interface RecordedArchive {
  readonly path: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  readonly members?: number;
  readonly contentBytes?: number;
  /** False when no filed checksum vouches that this is the archive that was backed up. */
  readonly vouched: boolean;
}

export interface RecordedStep {
  readonly step: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly outcome: 'running' | 'done' | 'failed' | 'interrupted';
}

export interface RecordedWorkload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly replicasBefore: number;
  /** What the run left it at; absent while it is quiesced by a run that still goes on. */
  readonly replicasAfter?: number;
  /** Somebody deleted it meanwhile. */
  readonly gone?: true;
  /** An unfinished earlier run whose recorded replicas this run took over. */
  readonly takenOverFrom?: RunId;
}

/** Something without replicas: a CronJob, a DaemonSet, what would have put a workload back. */
export interface RecordedStop {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `suspended`, `kept off all nodes`, ... */
  readonly change: string;
  readonly before: 'running' | 'stopped';
  /** How the run left it; absent while the run goes on. */
  readonly after?: 'running' | 'stopped';
  /** Somebody deleted it meanwhile. */
  readonly gone?: true;
  /** Of a deleted pod: the file on the operator's machine from which it can be created again. */
  readonly manifest?: string;
  /** An unfinished earlier run whose record this run took over. */
  readonly takenOverFrom?: RunId;
}

export interface RecordedVerification {
  readonly outcome: 'not-done' | 'identical' | 'different';
  readonly members?: number;
  readonly contentBytes?: number;
  readonly differences?: number;
  readonly firstDifferences?: readonly Difference[];
  /** What the restore pod could not give: not among the differences. */
  readonly expectedLosses?: number;
  readonly firstExpectedLosses?: readonly Difference[];
  /** Files on the volume that the archive does not have. */
  readonly extraFiles?: number;
  readonly rollout?: 'awaited' | 'not-awaited' | 'failed' | 'still-starting';
}

export interface RecordedCheck {
  readonly where: 'restore-pod' | 'operator-machine';
  readonly command: string;
  readonly exitCode: number;
  /** The last lines of its output. */
  readonly output: string;
}

export interface RecordedError {
  readonly code: string;
  readonly step?: number;
  readonly message: string;
  readonly action?: string;
}
