/**
 * The keys that this tool writes on cluster objects. Values read back from them are parsed, bounded, never executed.
 */
export const labels = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  run: 'nkvm.dev/run',
  claimUid: 'nkvm.dev/claim-uid',
} as const;

export const annotations = {
  /** On what step 2 stopped: the run that did, and has not given it back yet. */
  run: 'nkvm.dev/run',
  /** Beside it: the claim that run restores, `[NS/]PVC`. On a restore pod: the claim it mounts (too long for a label). */
  claim: 'nkvm.dev/claim',
  /** Beside it: the merge patch that gives back what there was before step 2. */
  earlier: 'nkvm.dev/earlier',
  /** On a workload held after 5.2: the digest of its spec then; another one means that somebody changed it. */
  heldSpec: 'nkvm.dev/held-spec',
  /** On a held workload: what was restored, for the record of the run that goes on. */
  heldArchive: 'nkvm.dev/held-archive',
  heldChecksum: 'nkvm.dev/held-checksum',
  /** On a held workload: what the archive had no more, as JSON; absent when it was whole. */
  heldIncomplete: 'nkvm.dev/held-incomplete',
  /** On a restore pod: when the client was last seen, in the API server's time. */
  heartbeat: 'nkvm.dev/heartbeat',
  /** On a restore pod and on a lock: who runs it. */
  operator: 'nkvm.dev/operator',
  /** On a lock: on which machine. */
  host: 'nkvm.dev/host',
  /** On the lock of a run that was held: since when. */
  held: 'nkvm.dev/held',
  /** On a claim: from the first byte of step 4 until 5.1 has passed. */
  halfWrittenSince: 'nkvm.dev/half-written-since',
  halfWrittenBy: 'nkvm.dev/half-written-by',
  /** Beside them: the SHA-256 of the archive that was to land. */
  halfWrittenArchive: 'nkvm.dev/half-written-archive',
  /** Beside them, where only a part of an archive was to land: which. */
  halfWrittenPart: 'nkvm.dev/half-written-part',
} as const;

/** The label values that NKVM's runbook gives its pods. */
export const nkvmName = 'nerdy-k8s-volume-manager';
export const component = {
  restore: 'restore-helper',
  verify: 'verify-helper',
  /** Reads the files of an NKVM app that is down. */
  read: 'reader',
  backup: 'backup-helper',
  /** On NKVM's own Deployment. */
  app: 'control-plane',
  /** On the VolumeSnapshot that a run makes before its first change. */
  safety: 'safety-snapshot',
} as const;

export const fieldManager = 'kubectl-nkvm';
