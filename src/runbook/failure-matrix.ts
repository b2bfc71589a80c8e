/**
 * The runbook's Failure Handling Matrix as data: for each code the step it belongs to, the signal by which it is
 * recognised and the runbook's action. A code without an action does not compile; a test produces each of them. It is
 * one file, however long, as the runbook's matrix is one table.
 */
export interface Failure {
  readonly step: Step;
  readonly signal: string;
  readonly action: string;
}

export type Step = 1 | 2 | 3 | 4 | 5 | 6;

const chooseAnother = 'Stop. Select another successful backup from the history.';
const chooseAnotherOrPart =
  'Stop. Select another successful backup from the history. Where there is none: --accept-incomplete --target NS/PVC restores what can be read into another claim.';
const inspectPod =
  "Read the pod's events above (image pull, quota, scheduling), check RBAC and the binding of the claim.";

export const failureMatrix = {
  'archive-missing': {
    step: 1,
    signal: 'the archive is in none of the places looked at',
    action: 'Say where it lies with --archive-dir DIR, or name it with --archive FILE --checksum HEX.',
  },
  'archive-empty': { step: 1, signal: 'the archive has no bytes', action: chooseAnother },
  'archive-unreadable': {
    step: 1,
    signal: 'the archive cannot be read',
    action: "Check the file's permissions and the local disk, or select another successful backup.",
  },
  'archive-checksum-mismatch': { step: 1, signal: 'the checksum differs', action: chooseAnotherOrPart },
  'archive-not-gzip': { step: 1, signal: 'not a gzip file', action: chooseAnother },
  'archive-corrupt': { step: 1, signal: 'gzip or tar is damaged', action: chooseAnotherOrPart },
  'archive-truncated': { step: 1, signal: 'the archive ends too early', action: chooseAnotherOrPart },
  'archive-unsafe': {
    step: 1,
    signal: 'a member would be written outside the volume',
    action:
      'Stop. Select another successful backup from the history, or leave the member out with --exclude GLOB.',
  },
  'spool-impossible': {
    step: 1,
    signal: 'an archive that lies in the NKVM app cannot be kept here while it is read',
    action: 'Make room there, or name a folder on another disk with NKVM_STATE_DIR, and run again.',
  },
  'fetch-failed': {
    step: 1,
    signal: 'the archive did not arrive whole from the NKVM app',
    action:
      "Check the connection and the app's pod, then run again. An archive that was copied here is named with --archive FILE --checksum HEX.",
  },
  'selection-empty': {
    step: 1,
    signal: '--include and --exclude leave no member of the archive',
    action: 'Look at the names with `kubectl nkvm validate BACKUP --show-files=N`, and mend the patterns.',
  },

  'claim-unusable': {
    step: 2,
    signal: 'the claim is missing, lost, unbound, read-only or being deleted',
    action: 'Mend or create the claim, or name another with --target NS/PVC, and run again.',
  },
  'permission-missing': {
    step: 2,
    signal: 'the user may not do what steps 2 to 6 need',
    action: 'Have the verbs above granted (deploy/rbac.yaml holds them all), and run again.',
  },
  'run-in-progress': {
    step: 2,
    signal: 'another run works on this claim, or holds its workload',
    action: 'Wait for that run, or end it with the command above.',
  },
  'lock-lost': {
    step: 2,
    signal: 'another run has taken the lock of the claim over, or removed it',
    action:
      'Nothing more was changed. See what that run does with `kubectl nkvm cleanup`; run again when it has ended.',
  },
  'writer-returned': {
    step: 2,
    signal: 'something started a writer again while the restore was at work',
    action: 'Stop what is named above at its source, then run the same restore again.',
  },
  'run-unknown': {
    step: 2,
    signal: 'no workload is held by a run of that name',
    action:
      'Name the namespace of the run with -n, or see what is there with `kubectl nkvm cleanup -A --dry-run`.',
  },
  'workload-mismatch': {
    step: 2,
    signal: 'the workloads named are not the ones that mount the claim',
    action: 'Name exactly the workloads that mount the claim with --workload, or leave the flag out.',
  },
  'unsupported-writer': {
    step: 2,
    signal: 'something that this tool does not stop mounts the claim',
    action: 'Stop it yourself as said above, or let it be stopped by the flag named there, and run again.',
  },
  'gitops-managed': {
    step: 2,
    signal: 'Argo CD or Flux would put back a workload that is stopped',
    action:
      'Run again with --pause-gitops: what is named is paused, and given back at the end. Or pause it with the commands below, and with --gitops-paused what cannot be seen from here; then give it back yourself.',
  },
  'claims-would-be-deleted': {
    step: 2,
    signal: 'stopping the writer deletes claims',
    action:
      'Of a StatefulSet: run again with --retain-claims, the policy is Retain until all replicas are back. Of an ephemeral volume: restore into another claim with --target NS/PVC.',
  },
  'claim-half-written': {
    step: 2,
    signal: 'a claim that a restore has left half-written would come back into use',
    action:
      'Restore all of a backup into that claim first; of two claims of one workload, restore both with --hold and resume once.',
  },
  'owner-unknown': {
    step: 2,
    signal: 'the user that the workload runs as is not known',
    action: 'Name the owner of the restored files by numbers: --owner UID:GID.',
  },
  'workload-changed': {
    step: 2,
    signal: 'the workload was changed since the run was held',
    action: 'Look at the workload; `kubectl nkvm cleanup RUN --resume` gives the recorded replicas back.',
  },
  'record-unreadable': {
    step: 2,
    signal: 'what is to be stopped has a record of an earlier run that this tool cannot read',
    action:
      'Look at it with the command below, give it by hand what it had before, take the record off, and run again.',
  },
  'record-unwritable': {
    step: 2,
    signal: 'the incident record cannot be created',
    action: 'Name a place that can be written with --record PATH or NKVM_STATE_DIR.',
  },
  'safety-impossible': {
    step: 2,
    signal: 'the safety copy that was asked for cannot be made',
    action:
      'Choose another --safety (snapshot, archive=DIR, or none where you have a copy of your own), and run again.',
  },
  'quiesce-failed': {
    step: 2,
    signal: 'a workload could not be scaled to 0',
    action: 'Fix what the API server says above, then run again.',
  },
  'writers-not-stopped': {
    step: 2,
    signal: 'pods keep running or terminating with the claim mounted',
    action: 'Fix the controller, autoscaler or finalizer that keeps them, then run again.',
  },

  'pod-rejected': {
    step: 3,
    signal: 'the API server refuses the restore pod',
    action:
      'Mend what the API server says above: Pod Security (--owner, --overrides), a quota, an admission webhook, or RBAC. Then run again.',
  },
  'pod-not-ready': { step: 3, signal: 'the restore pod does not become Ready', action: inspectPod },

  'no-room': {
    step: 4,
    signal: 'the volume has too few free bytes or inodes',
    action: 'Grow the claim or remove what is not needed from the volume, then run again.',
  },
  'volume-conflict': {
    step: 4,
    signal: 'a member would be written through a symlink or over another type',
    action: 'Move the paths above out of the way on the volume, then run again.',
  },
  'volume-not-writable': {
    step: 4,
    signal:
      'the volume is read-only, or the unprivileged restore pod may not write where the archive has members, or remove what is wiped',
    action:
      "Make the volume writable; restore as its owner with --owner UID:GID, or give the volume to a group by the workload's fsGroup.",
  },
  'safety-failed': {
    step: 4,
    signal: 'the safety copy could not be made',
    action: 'Nothing was written. Fix what is said above, or choose another --safety, and run again.',
  },
  'wipe-failed': {
    step: 4,
    signal: 'the volume could not be emptied',
    action:
      'Part of the old data may be gone. Fix what is said above and run again; where a safety copy was made, its command is below.',
  },
  'copy-failed': {
    step: 4,
    signal: 'the archive did not arrive whole in the restore pod',
    action:
      'Verify the connection, the archive file and the local disk, then run again: the same restore overwrites.',
  },
  'extract-failed': {
    step: 4,
    signal: 'tar ended with an error',
    action:
      'Re-validate the archive, confirm free space and filesystem permissions of the volume, then run again.',
  },

  'data-differs': {
    step: 5,
    signal: 'the volume is not what the archive holds',
    action: 'Keep the workload down; retry the restore, or restore the prior known-good backup.',
  },
  'verification-failed': {
    step: 5,
    signal: 'the volume could not be read back',
    action: "Keep the workload down; check the restore pod's node and the volume, then run again.",
  },
  'check-failed': {
    step: 5,
    signal: 'a --check script failed in the restore pod',
    action: 'Keep the workload down; read the output above, and restore the prior known-good backup.',
  },
  'resume-failed': {
    step: 5,
    signal: 'the workload could not be scaled back',
    action: 'The data is verified. Give the replicas back with `kubectl nkvm cleanup RUN --resume`.',
  },
  'app-failed': {
    step: 5,
    signal: 'the application crashes, misses its progress deadline or fails --check-app',
    action: 'Keep the workload scaled down, collect logs, retry from the prior known-good backup.',
  },
  'app-not-ready': {
    step: 5,
    signal: 'the application is still starting, not failed, at the end of --rollout-timeout',
    action:
      'Resume with `kubectl nkvm cleanup RUN --resume` and watch it, or run again with a longer --rollout-timeout.',
  },

  'left-behind': {
    step: 6,
    signal: 'the restore pod or a mark of the run could not be removed',
    action:
      'Remove it with `kubectl nkvm cleanup RUN`, then give the replicas back with `kubectl nkvm cleanup RUN --resume`.',
  },
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof failureMatrix;

/** 10 + the runbook step, as the contract has it. */
export function exitCodeOf(code: FailureCode): number {
  return 10 + failureMatrix[code].step;
}

export interface FailureDetails {
  readonly cause?: unknown;
  /** Commands to type next, most useful first. */
  readonly next?: readonly string[];
}

/** A step's failure. The message names the thing and the value; the action comes from the matrix. */
export class RunbookError extends Error {
  readonly code: FailureCode;
  readonly next: readonly string[];

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RunbookError';
    this.code = code;
    this.next = details.next ?? [];
  }
}

/** A signal ended the run: 130 for SIGINT (and for an answer of no), 143 for SIGTERM and SIGHUP. */
export class Interrupted extends Error {
  readonly exitCode: number;
  /** As in `FailureDetails`. */
  readonly next: readonly string[];

  constructor(message: string, exitCode: number, next: readonly string[] = []) {
    super(message);
    this.next = next;
    this.name = 'Interrupted';
    this.exitCode = exitCode;
  }
}
