/**
 * Part of the runbook's Preconditions: as whom the restore pod runs, where, and with that whose its files will be.
 * As root, unless Pod Security or another policy of the namespace refuses a root pod; then as the user of the workload.
 * Asks by a dry run of the creation: nothing is changed. A refusal for want of quota is no answer, as the writers'
 * own share comes free in step 2.
 */
import type { PodManifest } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/connection-error.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { applicationPods, type ClaimModel, claimModel } from '../domain/claim-model.ts';
import { type Owner, type Ownership, type OwnerWish, ownershipOf } from '../domain/ownership.ts';
import type { Pod } from '../domain/pod.ts';
import { type PodIdentity, root, type UnprivilegedIdentity } from '../domain/pod-identity.ts';
import type { Placement } from '../domain/pod-placement.ts';
import type { Workload } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';

export interface PodShape {
  readonly identity: PodIdentity;
  readonly placement: Placement;
  readonly ownership: Ownership;
  /** The owner of every member, where one was wished for. */
  readonly owner?: Owner;
}

export interface ShapeRequest {
  readonly claim: ClaimRef;
  readonly workloads: readonly Workload[];
  readonly pods: readonly Pod[];
  readonly wish: OwnerWish;
  readonly requiredNode?: string | undefined;
  readonly podName: string;
  /** The pod that would be created. */
  readonly manifestOf: (shape: Pick<PodShape, 'identity' | 'placement'>) => PodManifest;
}

export async function shapePod(run: Run, request: ShapeRequest): Promise<PodShape> {
  const { claim, workloads, pods, wish, requiredNode } = request;
  const model = claimModel(claim, workloads, pods);
  const owner = chosenOwner(claim, wish, model);
  const preferredNode = applicationPods(claim.name, pods)[0]?.node;
  const placement: Placement = {
    ...(model !== undefined && { template: model.template }),
    ...(requiredNode !== undefined && { requiredNode }),
    ...(preferredNode !== undefined && { preferredNode }),
  };
  const refusalOf = (identity: PodIdentity): Promise<string | undefined> =>
    askAdmission(run, claim.namespace, request.manifestOf({ identity, placement }));
  const identity = await admittedIdentity({ podName: request.podName, claim, wish, model, refusalOf });
  const ownership = ownershipOf({ owner, mappings: wish.mappings, identity });
  return { identity, placement, ownership, ...(owner !== undefined && { owner }) };
}

function chosenOwner(
  claim: ClaimRef,
  { choice }: OwnerWish,
  model: ClaimModel | undefined,
): Owner | undefined {
  if (choice === undefined || choice.kind === 'archive') return undefined;
  if (choice.kind === 'numbers') return choice;
  if (model?.user.uid === undefined)
    throw new RunbookError('owner-unknown', `--owner workload: ${noUser(claim, model)}`);
  const { uid, gid, fsGroup } = model.user;
  // Kubernetes runs a user of which it knows no group in group 0.
  return { uid, gid: fsGroup ?? gid ?? 0 };
}

function noUser({ name }: ClaimRef, model: ClaimModel | undefined): string {
  if (model === undefined) return `nobody mounts ${name}, so no user of it is known`;
  return `${model.source} names no runAsUser, and no running pod tells`;
}

interface IdentityParts {
  readonly podName: string;
  readonly claim: ClaimRef;
  readonly wish: OwnerWish;
  readonly model: ClaimModel | undefined;
  /** Undefined when the pod would be admitted. */
  readonly refusalOf: (identity: PodIdentity) => Promise<string | undefined>;
}

/** Stands for any user where none is known: whether a user would be admitted at all. */
const anyUser = { uid: 65534, gid: 65534 };

async function admittedIdentity({
  podName,
  claim,
  wish,
  model,
  refusalOf,
}: IdentityParts): Promise<PodIdentity> {
  const refusal = await refusalOf(root);
  if (refusal === undefined) return root;
  const known = knownUser(claim, wish, model);
  const user = typeof known === 'string' ? { ...anyUser, supplementalGroups: [], source: '' } : known;
  const identity: UnprivilegedIdentity = { kind: 'unprivileged', ...user, refusal };
  const second = await refusalOf(identity);
  const rejected = (why: string): RunbookError =>
    new RunbookError('pod-rejected', `pod/${podName} was refused: ${refusal}${why}\n  nothing was changed`);
  if (second !== undefined) {
    throw rejected(
      second === refusal ? '' : `\n  and as uid ${identity.uid} without capabilities: ${second}`,
    );
  }
  if (wish.choice?.kind === 'archive') {
    throw rejected("\n  without root the archive's owners cannot be kept: leave out --owner archive");
  }
  if (typeof known !== 'string') return identity;
  throw rejected(`\n  and as whom it should run instead is not known: ${known}: choose with --owner UID:GID`);
}

function knownUser(
  claim: ClaimRef,
  { choice }: OwnerWish,
  model: ClaimModel | undefined,
): Omit<UnprivilegedIdentity, 'kind' | 'refusal'> | string {
  const { fsGroup, fsGroupChangePolicy, supplementalGroups = [] } = model?.user ?? {};
  const groups = {
    supplementalGroups,
    ...(fsGroup !== undefined && { fsGroup }),
    ...(fsGroupChangePolicy !== undefined && { fsGroupChangePolicy }),
  };
  if (choice?.kind === 'numbers') {
    const { uid, gid } = choice;
    if (uid === 0) return '--owner names root';
    // A new volume belongs to root: without a workload nobody else says which group may write to it.
    const own = model === undefined ? { fsGroup: gid, fsGroupChangePolicy: 'OnRootMismatch' } : {};
    return { uid, gid, ...own, ...groups, source: '--owner' };
  }
  if (model?.user.uid === undefined) return noUser(claim, model);
  const { uid, gid } = model.user;
  if (uid === 0) return `${model.source} runs as root`;
  return { uid, gid: gid ?? uid, ...groups, source: model.source };
}

/** Why the pod would be refused; undefined when it would be admitted, or admission cannot be asked beforehand. */
async function askAdmission(run: Run, namespace: string, manifest: PodManifest): Promise<string | undefined> {
  try {
    await run.cluster.pods.create(namespace, manifest, true);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { message, status } = error;
    // No answer is no refusal: as another user the pod would lose owners for nothing.
    if (status === 429 || status >= 500) {
      throw new RunbookError(
        'pod-rejected',
        `whether the restore pod is admitted cannot be asked: ${message}`,
        {
          cause: error,
        },
      );
    }
    if (/\b(exceeded|failed) quota\b/.test(message)) return undefined;
    if (!/does not support dry run/.test(message)) return message;
    run.reporter.warn(`whether the restore pod will be admitted is not known: ${message}`);
    return undefined;
  }
}
