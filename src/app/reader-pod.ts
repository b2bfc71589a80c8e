/**
 * Reads the app's files where no pod of its own runs: a pod of this tool mounts its claims read-only, as the app's user
 * where that is known. It lives as long as the command, or a little longer than its last sign of life, and `cleanup`
 * finds it. The app is left as it is. What keeps a volume from being mounted is said beforehand: a lost node above all,
 * which a ReadWriteOnce volume does not leave by itself.
 */
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { PodManifest, PodRef } from '../cluster/cluster.ts';
import { type Claim, isSingleNode } from '../domain/claim.ts';
import { claimModel } from '../domain/claim-model.ts';
import { objectOf } from '../domain/cluster-object.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Pod } from '../domain/pod.ts';
import type { PodIdentity } from '../domain/pod-identity.ts';
import { claimsOfContainer, readerContainer, readerPod } from '../domain/reader-pod.ts';
import { runPodName } from '../domain/run-pod.ts';
import { RunbookError } from '../runbook/failure-matrix.ts';
import { missingPermissions, readerPermissions } from '../runbook/permissions.ts';
import { type PodShape, shapePod } from '../runbook/pod-shape.ts';
import { readClaim } from '../runbook/read-claim.ts';
import type { Run } from '../runbook/run.ts';
import { createRestorePod, startHeartbeat } from '../runbook/step3-create-restore-pod.ts';
import { cleanUp } from '../runbook/step6-clean-up.ts';
import { leaseFor, type RetryLimits } from '../runbook/transfer/patience.ts';
import type { App, AppPod } from './app.ts';
import { appForbidden } from './app-access.ts';
import { holdersOn, inTheWay } from './held-volume.ts';

export interface ReaderOptions {
  /** As of a restore pod. */
  readonly image: string;
  readonly operator: string;
  readonly podTimeoutSeconds: number;
  readonly retry: RetryLimits;
  /** Nothing may be made on the cluster, not even this pod. */
  readonly onlyLooks?: boolean;
  /** Called before the pod is asked for. */
  readonly onCreating?: (pod: PodRef) => void;
}

export interface ReaderPod extends AppPod {
  /** Resolves when it is gone, on signals too. */
  remove(): Promise<void>;
}

/** Rejects with a CatalogError (app-down) that says what is in the way. */
export async function startReaderPod(run: Run, app: App, options: ReaderOptions): Promise<ReaderPod> {
  try {
    return await start(run, app, options);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    throw closed(app, error.message, error);
  }
}

function closed({ catalog }: App, why: string, cause?: unknown): CatalogError {
  return new CatalogError('app-down', `no pod of ${catalog} runs, and its claim cannot be read: ${why}`, {
    action: `See to what is in the way. ${nameAnother}`,
    ...(cause !== undefined && { cause }),
  });
}

async function start(run: Run, app: App, options: ReaderOptions): Promise<ReaderPod> {
  const { namespace, catalog } = app;
  if (options.onlyLooks) throw closed(app, 'no pod may be made for it');
  if ((await missingPermissions(run.cluster, namespace, readerPermissions)).length > 0) {
    const what = `no pod of ${catalog} runs, and none of yours may read its claim`;
    throw await appForbidden(run, { namespace, what, needed: readerPermissions, role: 'nkvm-app-reader' });
  }
  const names = claimsOfContainer(templateOf(app), app.container);
  const claims: Claim[] = [];
  for (const name of names) claims.push(await readClaim(run, { namespace, name }, { toWrite: false }));
  const [claim] = claims;
  if (claim === undefined) throw closed(app, `its container ${app.container} has none`);
  const pods = await run.cluster.pods.list(namespace);
  for (const one of claims) {
    const held = await inTheWay(run, one, pods);
    if (held !== undefined) throw closed(app, held);
  }
  const { identity, placement } = await shapeOf(run, app, { claim, pods, options });
  const manifest = manifestOf(run, app, { claim, options, identity, placement });
  let made: PodRef | undefined;
  const onCreating = (ref: PodRef): void => {
    made = ref;
    options.onCreating?.(ref);
  };
  try {
    const timeoutSeconds = options.podTimeoutSeconds;
    const pod = await createRestorePod(run, { namespace, manifest, timeoutSeconds, onCreating });
    const stopHeartbeat = startHeartbeat(run, pod);
    const remove = async (): Promise<void> => {
      stopHeartbeat();
      await removeAnyway(run, pod);
    };
    const { uid = '' } = (await run.cluster.pods.read(pod)) ?? {};
    return { namespace, name: pod.name, uid, container: readerContainer, remove };
  } catch (error) {
    if (made !== undefined)
      await removeAnyway(run, made).catch((second: unknown) => run.reporter.warn(messageOf(second)));
    throw error;
  }
}

function removeAnyway(run: Run, pod: PodRef): Promise<void> {
  return cleanUp({ ...run, signal: new AbortController().signal }, pod);
}

interface ShapeParts {
  readonly claim: Claim;
  readonly pods: readonly Pod[];
  readonly options: ReaderOptions;
}

/** As the app's user; where that is not known, as root, or as whoever the namespace admits. */
async function shapeOf(
  run: Run,
  app: App,
  { claim, pods, options }: ShapeParts,
): Promise<Pick<PodShape, 'identity' | 'placement'>> {
  const workloads = [app.workload];
  const shape = await shapePod(run, {
    claim,
    workloads,
    pods,
    wish: { mappings: { users: new Map(), groups: new Map() } },
    podName: runPodName('read', run.id),
    requiredNode: isSingleNode(claim) ? holdersOn(claim, pods)[0]?.node : undefined,
    manifestOf: (one) => manifestOf(run, app, { claim, options, ...one }),
  });
  const model = claimModel(claim, workloads, pods);
  const { uid, gid, fsGroup, supplementalGroups = [] } = model?.user ?? {};
  if (model === undefined || uid === undefined || uid === 0) return shape;
  const identity: PodIdentity = {
    kind: 'unprivileged',
    uid,
    gid: gid ?? uid,
    ...(fsGroup !== undefined && { fsGroup }),
    supplementalGroups,
    source: model.source,
    refusal: '',
  };
  return { ...shape, identity };
}

interface ManifestParts extends Pick<PodShape, 'identity' | 'placement'> {
  readonly claim: Claim;
  readonly options: ReaderOptions;
}

function manifestOf(
  run: Run,
  app: App,
  { claim, options: { image, operator, retry }, identity, placement }: ManifestParts,
): PodManifest {
  const heartbeat = run.cluster.now();
  return readerPod(
    { run: run.id, claim, image, identity, placement, heartbeat, operator, leaseSeconds: leaseFor(retry) },
    { template: templateOf(app), container: app.container },
  );
}

function templateOf({ workload }: App) {
  return objectOf(workload.object.spec['template']);
}
