/**
 * The restore procedure, in the runbook's order:
 *
 *   Preconditions                 read-only cluster checks
 *   1  validate the archive       nothing is changed before it has passed
 *      (plan, approval, the lock of the claim: the command's; the incident record is created: from here on every outcome
 *      is written down, and nothing is changed without the lock)
 *   2  quiesce the workload
 *   3  create the restore pod
 *   4  safety copy, wipe          before the first byte, where they were asked for
 *      copy and extract           from the first removed or written byte on, a failure leaves the writers stopped
 *   5.1 compare, 5.2 check        then the restore pod goes: a ReadWriteOnce claim must be free
 *      (from the end of step 2 to here a writer that comes back stops the run: guard.ts)
 *   5.3 resume, 5.4 readiness     not with --hold
 *   6  clean up                   always, once step 3 began; on signals too, on a budget of its own
 *
 * This file alone decides the order; what a failure at each point leaves is in run-state.ts.
 */
import { Landing } from '../domain/landing.ts';
import { lossesOf } from '../domain/ownership.ts';
import { runPodName } from '../domain/run-pod.ts';
import { refuseBackedUpClaim } from './accept-incomplete.ts';
import type { LockedRun } from './guard/claim-lock.ts';
import { underGuard } from './guard/guard.ts';
import { removeDeadPods } from './guard/take-lock.ts';
import { holdWorkload } from './hold.ts';
import type { StepHeading } from './incident-record.ts';
import { landArchive } from './land-archive.ts';
import { shapePod } from './pod-shape.ts';
import { checkPreconditions } from './preconditions.ts';
import { restorePodOf } from './restore-pod-of.ts';
import type { ExecuteParts, PreparedRestore, RestoreRequest } from './restore-request.ts';
import { resumeAndCheck } from './resume-and-check.ts';
import type { Run } from './run.ts';
import { keyOf, type RunState } from './run-state.ts';
import { checkSafety, prepareSafety } from './safety/safety-preconditions.ts';
import { validateArchive } from './step1-validate-archive.ts';
import { type QuiescedWorkload, quiesceWorkload } from './step2-quiesce-workload.ts';
import { createRestorePod, type RestorePod, startHeartbeat } from './step3-create-restore-pod.ts';
import { cleanUp } from './step6-clean-up.ts';
import { recordingRetries } from './transfer/recorded-retries.ts';
import { verifyAndCheck } from './verify-and-check.ts';
import { refuseWhatStaysHalf } from './volume/half-written.ts';
import { lookBeforehand } from './volume/look-beforehand.ts';
import { podManifests } from './writers/deleted-pods.ts';
import { recordedStops } from './writers/recorded-stops.ts';

const steps = {
  quiesce: { step: '2', heading: 'Quiesce target workload', otherwise: 'quiesce-failed' },
  createPod: { step: '3', heading: 'Create restore pod with PVC mount', otherwise: 'pod-not-ready' },
  extract: { step: '4', heading: 'Copy and extract archive', otherwise: 'copy-failed' },
  hold: { step: '5.2', heading: 'Hold', otherwise: 'resume-failed' },
} as const satisfies Record<string, StepHeading>;

/** Everything before the approval. The caller closes the archive. */
export async function prepareRestore(run: Run, request: RestoreRequest): Promise<PreparedRestore> {
  run.reporter.heading('Preconditions');
  const { workloads: expected, retainClaims, hold, acceptIncomplete, selection, showFiles } = request;
  const target = await checkPreconditions(run, {
    target: request.target,
    expected,
    retainClaims,
    hold,
    replicas: request.replicas,
    keepers: request.keepers,
    ...request.writers,
  });
  const { claim } = target;
  if (acceptIncomplete) refuseBackedUpClaim(run, claim, request.archive.backup);
  const shape = await shapePod(run, {
    ...target,
    wish: request.owners,
    podName: runPodName('restore', run.id),
    manifestOf: (one) => restorePodOf(run, request, { target, shape: one }),
  });
  const safety = request.safety && (await checkSafety(run, claim, request.safety));

  run.reporter.heading('Step 1: Validate backup candidate');
  const landing = new Landing(selection, shape.ownership);
  const archive = await validateArchive(run, request.archive, { landing, acceptIncomplete });
  try {
    refuseWhatStaysHalf(claim, archive, request.wipe);
    const { manifest } = archive;
    const { identity } = shape;
    const merge = await lookBeforehand(run, claim, { manifest, showFiles, isWiped: request.wipe, identity });
    const losses = identity.kind === 'root' ? undefined : lossesOf(manifest.members());
    return {
      target,
      shape,
      archive,
      ...(safety && { safety }),
      ...(losses && { losses }),
      ...(merge && { merge }),
    };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

/** Steps 2 to 6. Keeps `state` and `record` true at every moment; throws what ended it, without compensating. */
export async function executeRestore(
  run: LockedRun,
  { request: asked, prepared, record, state }: ExecuteParts,
): Promise<void> {
  const request = recordingRetries(asked, record);
  const { target } = prepared;
  const { claim } = target;
  await record.create();
  if (prepared.safety) await prepareSafety(prepared.safety);
  for (const other of target.otherClaims) await removeDeadPods(run, other.claim);
  await removeDeadPods(run, claim);

  const writers = await record.during(steps.quiesce, () =>
    quiesceWorkload(run, target, {
      timeoutSeconds: request.quiesceTimeoutSeconds,
      resumeTo: request.replicas,
      onStopping: (one) => {
        state.stopped = [...state.stopped.filter((other) => keyOf(other) !== keyOf(one)), one];
        record.note(recordedStops(state.stopped));
      },
      onRefused: (one) => {
        state.resumed.add(keyOf(one));
      },
      podManifests: podManifests(run, record),
    }),
  );

  await underGuard(run, writers, (watched) =>
    landAndVerify(watched, { request, prepared, record, state }, writers),
  );
  if (!request.hold) await resumeAndCheck(run, { request, claim, record, state });
}

/** Steps 3 to 5.2: while writers that come back stop it. */
async function landAndVerify(
  run: LockedRun,
  { request, prepared, record, state }: ExecuteParts,
  writers: QuiescedWorkload,
): Promise<void> {
  const { archive } = prepared;
  const { claim } = writers;
  const pod = await record.during(steps.createPod, () =>
    createRestorePod(run, {
      namespace: claim.namespace,
      manifest: restorePodOf(run, request, prepared),
      timeoutSeconds: request.podTimeoutSeconds,
      onCreating: (ref) => {
        state.pod = ref;
      },
    }),
  );
  const stopHeartbeat = startHeartbeat(run, pod);
  try {
    const extracted = await record.during(steps.extract, () =>
      landArchive(run, { request, prepared, record, state }, { writers, pod }),
    );
    await verifyAndCheck(run, { request, prepared, record, state }, { pod, extracted });
  } finally {
    stopHeartbeat();
  }
  await freeClaim(run, pod, state);

  if (request.hold) {
    await record.during(steps.hold, () => holdWorkload(run, { claim, archive, record, state }));
  }
}

/**
 * A ReadWriteOnce claim must be free before the workload comes back: if the pod does not go, the workload stays down.
 */
async function freeClaim(run: Run, pod: RestorePod, state: RunState): Promise<void> {
  try {
    await cleanUp(run, pod);
  } catch (error) {
    if (run.signal.aborted) throw error;
    state.leftBehind.push(`pod/${pod.name}`);
    state.pod = undefined;
    throw error;
  }
  state.pod = undefined;
}
