/**
 * The incident record of one restore: the runbook's four points (claim and namespace, artifact and checksum, operator
 * and times, verification outcome) and what else a reader needs later. Printed by `restore -o json|yaml`, kept as a
 * file. Fields are only ever added. No secret is ever in it.
 */
import type { Difference } from '../domain/difference.ts';
import type { MergeCounts } from '../domain/merge.ts';
import type { Losses } from '../domain/ownership.ts';
import type { RunId } from '../domain/run.ts';
import type { VerdictResult } from '../domain/verdict.ts';
import type { WorkloadKind } from '../domain/workload.ts';

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
  /** How the archive moved in step 4; absent before its first byte. */
  readonly transfer?: RecordedTransfer;
  /** Absent where neither a copy was made nor the operator said that there is one. */
  readonly safety?: RecordedSafety;
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

export interface RecordedSelection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly members: number;
  readonly contentBytes: number;
  readonly leftOutMembers: number;
  /** Of those, the ones that must not be extracted. */
  readonly leftOutUnsafe: number;
  /** Those that matched no member. */
  readonly unmatchedPatterns: readonly string[];
}

export interface RecordedIncomplete {
  readonly result: VerdictResult;
  readonly reason: string;
  /** The member at which it ends, where there is one: the one that is cut, or the last one before; `reason` says which. */
  readonly member?: { readonly number: number; readonly name: string };
  readonly offset?: number;
  readonly membersRestored: number;
}

/** As whom the restore pod ran, and whose the restored files are. */
export interface RecordedOwnership {
  /** `archive`, `workload` or `UID:GID`. */
  readonly owner: string;
  /** What `workload` stood for: UID:GID. */
  readonly workloadOwner?: string;
  /** FROM=TO as in --map-owner; only where there are any. */
  readonly mappedUsers?: readonly string[];
  readonly mappedGroups?: readonly string[];
  readonly runsAs: RecordedUser;
  /** Members that land otherwise than wished for, as the restore pod may not do it. */
  readonly losses?: Losses;
}

export interface RecordedUser {
  readonly uid: number;
  readonly gid: number;
  readonly fsGroup?: number;
  /** Whose numbers these are, and why not root; absent for root. */
  readonly source?: string;
  readonly rootRefused?: string;
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
  /** An unfinished earlier run whose recorded replicas this run took over. */
  readonly takenOverFrom?: RunId;
}

export interface RecordedTransfer {
  /** What was sent: the archive as it is, or inflated. */
  readonly wire: 'gzip' | 'tar';
  /** So many bytes of it arrived, each counted once. */
  readonly bytes: number;
  /** How often the connection was lost and made again. */
  readonly reconnects: number;
}

/** The copy of the volume as it was before the run's first change. */
export type RecordedSafety =
  /** The operator's word that there is one. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'snapshot';
      /** The VolumeSnapshot's name, in the claim's namespace. */
      readonly snapshot: string;
      readonly snapshotClass?: string;
    }
  | {
      readonly kind: 'archive';
      readonly archive: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      readonly members: number;
      /** Owners, modes and times that tar could not hold. */
      readonly lostMetadata: number;
      /** The command that puts it back. */
      readonly restoreWith: string;
    };

export interface RecordedWipe {
  /** `NS/PVC` as the operator approved it. */
  readonly approved: string;
  /** What was on the volume, without its root and `lost+found`. */
  readonly paths?: number;
  readonly bytes?: number;
  readonly outcome: 'begun' | 'done';
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
