/** The parts of an incident record that say what was to land, and what step 4 did to the volume for it. */
import type { Incomplete } from '../domain/incomplete.ts';
import type { Losses } from '../domain/ownership.ts';
import type { VerdictResult } from '../domain/verdict.ts';

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

export interface RecordedIncomplete extends Incomplete {
  readonly result: VerdictResult;
  /** One sentence: what is wrong and where. */
  readonly reason: string;
  /**
   * The member at which it ends, where there is one: the one that is cut, or the last one before; `reason` says which.
   */
  readonly member?: { readonly number: number; readonly name: string };
  /** In the tar stream where `member` is given, else in the archive file. */
  readonly offset?: number;
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
      /** The command that makes a new claim of it. */
      readonly restoreWith: string;
    }
  | {
      readonly kind: 'archive';
      readonly archive: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      readonly members: number;
      /** Owners, modes and times that tar could not hold. */
      readonly lostMetadata: number;
      /** Sockets on the volume, which no tar holds; absent in records of earlier versions. */
      readonly lostSockets?: number;
      /** The command that puts it back: all of it, and nothing else where the copy has a file. */
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
