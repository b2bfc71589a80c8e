/** `verify`: step 5's comparison alone, against a claim that is mounted read-only, beside a running workload. */
import type { Manifest } from '../archive/manifest.ts';
import type { PodManifest, PodRef } from '../cluster/cluster.ts';
import { isStatus } from '../cluster/connection-error.ts';
import type { Claim, ClaimRef } from '../domain/claim.ts';
import { applicationPods } from '../domain/claim-model.ts';
import { wholeArchive } from '../domain/landing.ts';
import { messageOf } from '../domain/message-of.ts';
import type { OwnerWish } from '../domain/ownership.ts';
import type { Pod } from '../domain/pod.ts';
import { holdsItsClaims } from '../domain/pod.ts';
import { type RestorePodSpec, restorePod } from '../domain/restore-pod.ts';
import { runPodName } from '../domain/run-pod.ts';
import type { Workload } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import { missingPermissions, verifyPermissions } from './permissions.ts';
import { type PodShape, shapePod } from './pod-shape.ts';
import { readClaim } from './read-claim.ts';
import type { Run } from './run.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';
import { validateArchive } from './step1-validate-archive.ts';
import { createRestorePod, startHeartbeat } from './step3-create-restore-pod.ts';
import { cleanUp } from './step6-clean-up.ts';
import { leaseFor, type RetryLimits, retried } from './transfer/patience.ts';
import { asVerificationFailure, type Comparison, compareVolume } from './volume/compare-volume.ts';

export interface VerifyRequest {
  readonly archive: IdentifiedArchive;
  readonly target: ClaimRef;
  /** `--quick`: everything but content hashes. */
  readonly quick: boolean;
  readonly showDifferences: number;
  readonly image: string;
  readonly override: (manifest: PodManifest) => PodManifest;
  readonly podTimeoutSeconds: number;
  readonly operator: string;
  /** `--owner` and `--map-owner`, as they were at the restore. */
  readonly owners: OwnerWish;
  readonly retry: RetryLimits;
}

export async function verifyVolume(run: Run, request: VerifyRequest): Promise<Comparison> {
  const prepared = await prepareVerify(run, request);
  run.reporter.heading('Step 1: Validate backup candidate');
  const landing = wholeArchive(prepared.shape.ownership);
  const archive = await validateArchive(run, request.archive, { landing });
  let pod: PodRef | undefined;
  const onCreating = (ref: PodRef): void => {
    pod = ref;
  };
  let isDone = false;
  try {
    const compared = await compareInPod(run, request, {
      ...prepared,
      manifest: archive.manifest,
      onCreating,
    });
    isDone = true;
    return compared;
  } finally {
    await archive.close();
    const cleaning = pod && cleanUp({ ...run, signal: new AbortController().signal }, pod);
    // What ended the comparison is what is reported.
    await cleaning?.catch((error: unknown) => {
      if (isDone) throw error;
      run.reporter.warn(messageOf(error));
    });
  }
}

interface PreparedVerify {
  readonly claim: Claim;
  readonly shape: PodShape;
  readonly fsGroups: readonly number[];
}

/** Reads only. */
async function prepareVerify(run: Run, request: VerifyRequest): Promise<PreparedVerify> {
  run.reporter.heading('Preconditions');
  const { namespace } = request.target;
  const missing = await missingPermissions(run.cluster, namespace, verifyPermissions);
  if (missing.length > 0) {
    throw new RunbookError(
      'permission-missing',
      `in namespace ${namespace} you may not: ${missing.join(', ')}`,
    );
  }
  const claim = await readClaim(run, request.target, { toWrite: false });
  const pods = await run.cluster.pods.list(namespace);
  const manifestOf = (one: Pick<PodShape, 'identity' | 'placement'>): PodManifest =>
    podManifestOf(run, request, { claim, ...one });
  const shape = await shapePod(run, {
    claim,
    workloads: await knownWorkloads(run, namespace),
    pods,
    wish: request.owners,
    podName: runPodName('verify', run.id),
    requiredNode: nodeOf(claim, pods),
    manifestOf,
  });
  return { claim, shape, fsGroups: fsGroupsOf(claim, pods) };
}

function podManifestOf(
  run: Run,
  { image, operator, retry, override }: VerifyRequest,
  { claim, identity, placement }: Pick<RestorePodSpec, 'claim' | 'identity' | 'placement'>,
): PodManifest {
  const manifest = restorePod({
    run: run.id,
    claim,
    image,
    purpose: 'verify',
    identity,
    placement,
    heartbeat: run.cluster.now(),
    operator,
    leaseSeconds: leaseFor(retry),
  });
  return override(manifest);
}

interface CompareParts extends PreparedVerify {
  readonly manifest: Manifest;
  /** Called before the pod is asked for. */
  readonly onCreating: (pod: PodRef) => void;
}

async function compareInPod(
  run: Run,
  request: VerifyRequest,
  { claim, shape, fsGroups, manifest, onCreating }: CompareParts,
): Promise<Comparison> {
  const { quick, showDifferences: keep, retry, podTimeoutSeconds } = request;
  run.reporter.heading('Step 3: Create a pod with read-only PVC mount');
  const pod = await createRestorePod(run, {
    namespace: claim.namespace,
    manifest: podManifestOf(run, request, { claim, ...shape }),
    timeoutSeconds: podTimeoutSeconds,
    onCreating,
  });
  const stopHeartbeat = startHeartbeat(run, pod);
  try {
    run.reporter.heading('Step 5.1: Verify restored data');
    const options = { content: !quick, keep, identity: shape.identity, fsGroups };
    return await retried(run, { pod, retry }, () => compareVolume(run, { pod, manifest }, options));
  } catch (error) {
    return asVerificationFailure(error);
  } finally {
    stopHeartbeat();
  }
}

/** Those that the user may look at: they only tell what the pod should be like. */
async function knownWorkloads({ cluster }: Run, namespace: string): Promise<readonly Workload[]> {
  try {
    return await cluster.workloads.list(namespace, ['Deployment', 'StatefulSet']);
  } catch (error) {
    if (isStatus(error, 403)) return [];
    throw error;
  }
}

/** Of the pods that run with the claim: to whom the kubelet gave the volume. */
function fsGroupsOf({ name }: Claim, pods: readonly Pod[]): readonly number[] {
  return applicationPods(name, pods).flatMap(({ template }) => template.fsGroup ?? []);
}

/** A ReadWriteOnce volume can be mounted a second time only on the node that has it. */
function nodeOf(claim: Claim, pods: readonly Pod[]): string | undefined {
  const holders = pods.filter(
    (pod) => pod.claims.includes(claim.name) && holdsItsClaims(pod) && pod.node !== undefined,
  );
  const [holder] = holders;
  if (
    holder === undefined ||
    claim.accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
  ) {
    return undefined;
  }
  if (claim.accessModes.includes('ReadWriteOncePod')) {
    throw new RunbookError(
      'pod-not-ready',
      `${claim.name} is ReadWriteOncePod and pod/${holder.name} has it: no second pod can mount it while that one runs`,
    );
  }
  return holder.node;
}
