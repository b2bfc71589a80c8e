/** What a restore is asked for, and what is known of it before it is approved. */
import type { PodManifest } from '../cluster/cluster.ts';
import type { ClaimRef } from '../domain/claim.ts';
import type { Losses, OwnerWish } from '../domain/ownership.ts';
import type { PlannedSafety, Safety } from '../domain/safety.ts';
import type { Selection } from '../domain/selection.ts';
import type { WorkloadRef } from '../domain/workload.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { KeeperWish } from './keepers/find-keepers.ts';
import type { PodShape } from './pod-shape.ts';
import type { Target } from './preconditions.ts';
import type { ResumeRequest } from './resume-and-check.ts';
import type { RunState } from './run-state.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { Transfer } from './step4-extract-archive.ts';
import type { SeenMerge } from './volume/look-beforehand.ts';
import type { WriterRequest } from './writers/check-writers.ts';

export interface RestoreRequest extends ResumeRequest {
  readonly archive: IdentifiedArchive;
  readonly target: ClaimRef;
  /** `--include`, `--exclude`. */
  readonly selection: Selection;
  /** `--owner`, `--map-owner`. */
  readonly owners: OwnerWish;
  /** `--accept-incomplete`: the target is another claim than the one backed up. */
  readonly acceptIncomplete: boolean;
  /** `--show-files`: how many paths of each kind the merge names. */
  readonly showFiles: number;
  /** On a terminal, where the plan could not say what the merge will do: asked before the first byte. */
  readonly askMerge?: (merge: readonly string[]) => Promise<boolean>;
  /** `--workload`; empty for all that are found. */
  readonly workloads: readonly WorkloadRef[];
  /** `--replicas`: instead of the recorded count. */
  readonly replicas?: number;
  readonly retainClaims: boolean;
  readonly writers: Pick<WriterRequest, 'stopJobs' | 'deleteBarePods' | 'forceOwned'>;
  /** `--pause-gitops`, `--gitops-paused`. */
  readonly keepers: KeeperWish;
  readonly keepStopped: boolean;
  readonly hold: boolean;
  /** `--safety`; absent: nobody said that there is a copy, and none is made. */
  readonly safety?: Safety;
  /** `--wipe`, approved for this target. */
  readonly wipe: boolean;
  readonly checks: readonly string[];
  readonly checkTimeoutSeconds: number;
  readonly image: string;
  /** `--overrides`: applied last to the restore pod's JSON. */
  readonly override: (manifest: PodManifest) => PodManifest;
  readonly podTimeoutSeconds: number;
  readonly quiesceTimeoutSeconds: number;
  readonly transfer: TransferRequest;
  readonly operator: string;
}

/** `--retries`, `--retry-timeout`, `--limit-rate`. */
export type TransferRequest = Omit<Transfer, 'onMoved'>;

/** What there is to approve. */
export interface PreparedRestore {
  readonly target: Target;
  /** As whom the restore pod will run, and whose its files will be. */
  readonly shape: PodShape;
  readonly safety?: PlannedSafety;
  readonly archive: ValidatedArchive;
  /** What the restore pod cannot give; absent where it runs as root. */
  readonly losses?: Losses;
  /** What the merge will do, where a running pod can tell. */
  readonly merge?: SeenMerge;
}

export interface ExecuteParts {
  readonly request: RestoreRequest;
  readonly prepared: PreparedRestore;
  readonly record: IncidentRecord;
  readonly state: RunState;
}
