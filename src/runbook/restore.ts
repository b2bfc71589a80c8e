/**
 * The restore procedure, in the runbook's order:
 *
 *   Preconditions                 read-only cluster checks
 *   1  validate the archive       nothing is changed before it has passed
 *      (plan, approval: the command's; the incident record is created: from here on every outcome is written down)
 *   2  quiesce the workload
 *   3  create the restore pod
 *   4  copy and extract           from its first byte on, a failure leaves the writers stopped
 *   5.1 compare, 5.2 check        then the restore pod goes: a ReadWriteOnce claim must be free
 *   5.3 resume, 5.4 readiness     not with --hold
 *   6  clean up                   always, once step 3 began; on signals too, on a budget of its own
 *
 * This file alone decides the order; what a failure at each point leaves is in run-state.ts.
 */
import type { PodManifest } from '../cluster/cluster.ts';
import type { ClaimRef } from '../domain/claim.ts';
import type { Landing } from '../domain/landing.ts';
import { restorePod } from '../domain/restore-pod.ts';
import type { WorkloadRef } from '../domain/workload.ts';
import { refuseBackedUpClaim } from './accept-incomplete.ts';
import { confirmMerge } from './confirm-merge.ts';
import { Interrupted } from './failure-matrix.ts';
import { holdWorkload } from './hold.ts';
import type { IncidentRecord, StepHeading } from './incident-record.ts';
import { lookBeforehand, type SeenMerge } from './look-beforehand.ts';
import { checkPreconditions, type Target } from './preconditions.ts';
import { type ResumeRequest, resumeAndCheck } from './resume-and-check.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';
import { type ValidatedArchive, validateArchive } from './step1-validate-archive.ts';
import { quiesceWorkload, type StoppedWorkload } from './step2-quiesce-workload.ts';
import { createRestorePod, type RestorePod, startHeartbeat } from './step3-create-restore-pod.ts';
import { extractArchive } from './step4-extract-archive.ts';
import { cleanUp } from './step6-clean-up.ts';
import { verifyAndCheck } from './verify-and-check.ts';

const steps = {
  quiesce: { step: '2', heading: 'Quiesce target workload', otherwise: 'quiesce-failed' },
  createPod: { step: '3', heading: 'Create restore pod with PVC mount', otherwise: 'pod-not-ready' },
  extract: { step: '4', heading: 'Copy and extract archive', otherwise: 'copy-failed' },
  hold: { step: '5.2', heading: 'Hold', otherwise: 'resume-failed' },
} as const satisfies Record<string, StepHeading>;

export interface RestoreRequest extends ResumeRequest {
  readonly archive: IdentifiedArchive;
  readonly target: ClaimRef;
  /** What lands of the archive: `--include`, `--exclude`. */
  readonly landing: Landing;
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
  readonly keepStopped: boolean;
  readonly hold: boolean;
  readonly checks: readonly string[];
  readonly checkTimeoutSeconds: number;
  readonly image: string;
  /** `--overrides`: applied last to the restore pod's JSON. */
  readonly override: (manifest: PodManifest) => PodManifest;
  readonly podTimeoutSeconds: number;
  readonly quiesceTimeoutSeconds: number;
  readonly operator: string;
}

export interface PreparedRestore {
  readonly target: Target;
  readonly archive: ValidatedArchive;
  /** What the merge will do, where a running pod can tell. */
  readonly merge?: SeenMerge;
}

/** Everything before the approval. The caller closes the archive. */
export async function prepareRestore(run: Run, request: RestoreRequest): Promise<PreparedRestore> {
  run.reporter.heading('Preconditions');
  const { target: claim, workloads: expected, retainClaims, hold } = request;
  const target = await checkPreconditions(run, { target: claim, expected, retainClaims, hold });
  const { landing, acceptIncomplete, showFiles } = request;
  if (acceptIncomplete) refuseBackedUpClaim(run, target.claim, request.archive.backup);
  run.reporter.heading('Step 1: Validate backup candidate');
  const archive = await validateArchive(run, request.archive, { landing, acceptIncomplete });
  try {
    const merge = await lookBeforehand(run, target.claim, { manifest: archive.manifest, showFiles });
    return { target, archive, ...(merge && { merge }) };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Steps 2 to 6. Keeps `state` and `record` true at every moment; throws what ended it, without compensating. */
export async function executeRestore(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
): Promise<void> {
  const { target, archive } = prepared;
  const { claim } = target;
  await record.create();

  const writers = await record.during(steps.quiesce, () =>
    quiesceWorkload(run, target, {
      timeoutSeconds: request.quiesceTimeoutSeconds,
      resumeTo: request.replicas,
      onStopping: (one) => {
        const others = state.stopped.filter(({ kind, name }) => kind !== one.kind || name !== one.name);
        state.stopped = [...others, one];
        record.note({ workloads: state.stopped.map(recorded) });
      },
    }),
  );

  const pod = await record.during(steps.createPod, () =>
    createRestorePod(run, {
      namespace: claim.namespace,
      manifest: restorePodOf(run, request, target),
      timeoutSeconds: request.podTimeoutSeconds,
      onCreating: (ref) => {
        state.pod = ref;
      },
    }),
  );
  const stopHeartbeat = startHeartbeat(run, pod);
  try {
    await record.during(steps.extract, () =>
      extractArchive(run, {
        archive,
        writers,
        pod,
        showFiles: request.showFiles,
        onSurveyed: confirmMerge({ request, prepared, record, state }),
        onWriting: () => {
          state.writing = true;
        },
      }),
    );
    await verifyAndCheck(run, { request, prepared, record, state }, pod);
  } finally {
    stopHeartbeat();
  }
  await freeClaim(run, pod, state);

  if (request.hold) {
    await record.during(steps.hold, () => holdWorkload(run, { claim, workloads: state.stopped, archive }));
    return;
  }
  await resumeAndCheck(run, { request, claim, record, state });
}

export interface ExecuteParts {
  readonly request: RestoreRequest;
  readonly prepared: PreparedRestore;
  readonly record: IncidentRecord;
  readonly state: RunState;
}

/** A ReadWriteOnce claim must be free before the workload comes back: if the pod does not go, the workload stays down. */
async function freeClaim(run: Run, pod: RestorePod, state: RunState): Promise<void> {
  try {
    await cleanUp(run, pod);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    state.leftBehind.push(`pod/${pod.name}`);
    state.pod = undefined;
    throw error;
  }
  state.pod = undefined;
}

/** The restore pod of step 3, overrides applied. */
export function restorePodOf(run: Run, request: RestoreRequest, { claim }: Target): PodManifest {
  const { image, operator } = request;
  const manifest = restorePod({
    run: run.id,
    claim,
    image,
    purpose: 'restore',
    heartbeat: run.cluster.now(),
    operator,
  });
  return request.override(manifest);
}

function recorded({ kind, name, replicas, takenOverFrom }: StoppedWorkload) {
  return { kind, name, replicasBefore: replicas, ...(takenOverFrom !== undefined && { takenOverFrom }) };
}
