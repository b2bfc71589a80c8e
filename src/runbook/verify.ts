/** `verify`: step 5's comparison alone, against a claim that is mounted read-only, beside a running workload. */
import type { PodManifest, PodRef } from '../cluster/cluster.ts';
import type { Claim, ClaimRef } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { holdsItsClaims } from '../domain/pod.ts';
import { restorePod } from '../domain/restore-pod.ts';
import { type Comparison, compareVolume } from './compare-volume.ts';
import { RunbookError } from './failure-matrix.ts';
import { missingPermissions, verifyPermissions } from './permissions.ts';
import { readClaim } from './read-claim.ts';
import type { Run } from './run.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';
import { validateArchive } from './step1-validate-archive.ts';
import { createRestorePod, startHeartbeat } from './step3-create-restore-pod.ts';
import { cleanUp } from './step6-clean-up.ts';

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
}

export async function verifyVolume(run: Run, request: VerifyRequest): Promise<Comparison> {
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
  const node = await nodeOf(run, claim);
  run.reporter.heading('Step 1: Validate backup candidate');
  const archive = await validateArchive(run, request.archive);
  let pod: PodRef | undefined;
  let stopHeartbeat = (): void => undefined;
  let isDone = false;
  try {
    run.reporter.heading('Step 3: Create a pod with read-only PVC mount');
    const { image, operator } = request;
    const heartbeat = run.cluster.now();
    const spec = {
      run: run.id,
      claim,
      image,
      purpose: 'verify',
      heartbeat,
      operator,
      ...(node && { node }),
    } as const;
    const ready = await createRestorePod(run, {
      namespace,
      manifest: request.override(restorePod(spec)),
      timeoutSeconds: request.podTimeoutSeconds,
      onCreating: (ref) => {
        pod = ref;
      },
    });
    stopHeartbeat = startHeartbeat(run, ready);
    run.reporter.heading('Step 5.1: Verify restored data');
    const { manifest } = archive;
    const compared = await compareVolume(
      run,
      { pod: ready, manifest },
      { content: !request.quick, keep: request.showDifferences },
    );
    isDone = true;
    return compared;
  } finally {
    stopHeartbeat();
    await archive.close();
    const cleaning = pod && cleanUp({ ...run, signal: new AbortController().signal }, pod);
    // What ended the comparison is what is reported.
    await cleaning?.catch((error: unknown) => {
      if (isDone) throw error;
      run.reporter.warn(messageOf(error));
    });
  }
}

/** A ReadWriteOnce volume can be mounted a second time only on the node that has it. */
async function nodeOf({ cluster }: Run, claim: Claim): Promise<string | undefined> {
  const pods = await cluster.pods.list(claim.namespace);
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
