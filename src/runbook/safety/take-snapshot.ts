/** A VolumeSnapshot of the claim, ready to use when this returns. One that did not get ready is taken away again. */
import type { PodRef, SnapshotManifest, SnapshotRef } from '../../cluster/cluster.ts';
import { isStatus } from '../../cluster/connection-error.ts';
import type { Claim } from '../../domain/claim.ts';
import { messageOf } from '../../domain/message-of.ts';
import { annotations, component, labels, nkvmName } from '../../domain/names.ts';
import type { PlannedSnapshot } from '../../domain/safety.ts';
import type { Run } from '../run.ts';
import { type RetryLimits, retried } from '../transfer/patience.ts';
import { WaitTimeout, waitUntil } from '../wait-until.ts';

/** An error that stands this long is one: controllers write those of a conflict down too, and try again. */
const errorStandsSeconds = 15;

export interface SnapshotParts {
  readonly claim: Claim;
  /** The restore pod: while it is there, a lost connection is worth another try. */
  readonly pod: PodRef;
  readonly retry: RetryLimits;
  readonly onUnfinished: (snapshot: string | undefined) => Promise<void>;
}

export async function takeSnapshot(
  run: Run,
  { claim, pod, retry, onUnfinished }: SnapshotParts,
  snapshot: PlannedSnapshot & { readonly operator: string },
): Promise<void> {
  const ref = { namespace: claim.namespace, name: snapshot.name };
  await onUnfinished(`volumesnapshot/${ref.name}`);
  try {
    const manifest = manifestOf(run, claim, snapshot);
    await retried(run, { pod, retry }, () => create(run, ref, manifest));
    run.reporter.info(`volumesnapshot/${ref.name} created`);
    await waitForReady(run, ref, snapshot.timeoutSeconds);
  } catch (error) {
    if (await discard(run, ref)) await onUnfinished(undefined);
    throw error;
  }
  run.reporter.info(
    `volumesnapshot/${ref.name} is ready to use; it stays: a new claim with it as dataSource has the volume as it was; kubectl -n ${ref.namespace} delete volumesnapshot ${ref.name} removes it`,
  );
}

/** The name is this run's own: if it is there, only the answer to an earlier try was lost. */
async function create(
  { cluster }: Run,
  { namespace }: SnapshotRef,
  manifest: SnapshotManifest,
): Promise<void> {
  try {
    await cluster.snapshots.create(namespace, manifest);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}

function manifestOf(
  run: Run,
  claim: Claim,
  { name, className, operator }: PlannedSnapshot & { readonly operator: string },
): SnapshotManifest {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: {
      name,
      namespace: claim.namespace,
      labels: {
        [labels.name]: nkvmName,
        [labels.component]: component.safety,
        [labels.run]: run.id,
        [labels.claimUid]: claim.uid,
      },
      annotations: {
        [annotations.run]: run.id,
        [annotations.claim]: claim.name,
        [annotations.operator]: operator,
      },
    },
    spec: {
      source: { persistentVolumeClaimName: claim.name },
      ...(className !== undefined && { volumeSnapshotClassName: className }),
    },
  };
}

async function waitForReady(run: Run, ref: SnapshotRef, timeoutSeconds: number): Promise<void> {
  let error: { readonly message: string; readonly sinceMs: number } | undefined;
  const look = async (): Promise<true | undefined> => {
    const found = await run.cluster.snapshots.read(ref);
    if (found === undefined) throw new Error(`volumesnapshot/${ref.name} is gone: something deleted it`);
    if (found.isReady) return true;
    const nowMs = run.clock.now().getTime();
    if (found.error === undefined) error = undefined;
    else {
      if (error?.message !== found.error) run.reporter.info(`volumesnapshot/${ref.name}: ${found.error}`);
      error = { message: found.error, sinceMs: error?.sinceMs ?? nowMs };
      if (nowMs - error.sinceMs >= errorStandsSeconds * 1000)
        throw new Error(`volumesnapshot/${ref.name} failed: ${error.message}`);
    }
    return undefined;
  };
  try {
    await waitUntil(look, { clock: run.clock, timeoutSeconds, signal: run.signal });
  } catch (failure) {
    if (!(failure instanceof WaitTimeout)) throw failure;
    const why = error === undefined ? 'its driver has not said that it is done' : error.message;
    throw new Error(`volumesnapshot/${ref.name} is not ready to use after ${timeoutSeconds} s: ${why}`);
  }
}

/** Whether it is, or will be, gone. */
async function discard(run: Run, ref: SnapshotRef): Promise<boolean> {
  try {
    await run.cluster.snapshots.delete(ref);
    return true;
  } catch (error) {
    run.reporter.warn(`volumesnapshot/${ref.name} could not be removed: ${messageOf(error)}`);
    return false;
  }
}
