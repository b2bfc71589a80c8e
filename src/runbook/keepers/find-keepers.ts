/**
 * What fights back against step 2, found before anything is changed. Guarantees that every keeper of every workload is
 * at rest, or one that step 2 stops first and step 5 gives back last; else the run ends here with what to type. KEDA is
 * always paused, as what it scales is stopped anyway; Argo CD and Flux, which keep much more than the workload, only
 * with `--pause-gitops`. Failure signal: `gitops-managed`.
 */
import type { Claim } from '../../domain/claim.ts';
import type { ClusterObject, ObjectRef } from '../../domain/cluster-object.ts';
import { fluxTrackers, type Tracker } from '../../domain/gitops-tracking.ts';
import { type Keeper, keeperWords, nameOf } from '../../domain/keepers.ts';
import { leverOf } from '../../domain/levers.ts';
import { RunbookError } from '../failure-matrix.ts';
import { missingPermissions, stopPermissions, watchPermissions } from '../permissions.ts';
import type { Run } from '../run.ts';
import { findOnlookers } from './find-onlookers.ts';
import { giveBackCommand, pauseCommand, pauseElsewhere } from './keeper-commands.ts';
import { type ElsewhereKeeper, lookForKeepers } from './look-for-keepers.ts';
import { refuseMadeAnew } from './made-anew.ts';

export interface KeeperWish {
  /** `--pause-gitops`. */
  readonly pauseGitops: boolean;
  /** `--gitops-paused`: the operator's word for what cannot be seen from here. */
  readonly gitopsPaused: boolean;
}

export interface FoundKeepers {
  /** To be stopped before the workloads, in this order. */
  readonly active: readonly Keeper[];
  /** What is there and does not matter, and what the operator gave their word for. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

export async function findKeepers(
  run: Run,
  { claim, workloads }: { readonly claim: Claim; readonly workloads: readonly ClusterObject[] },
  wish: KeeperWish,
): Promise<FoundKeepers> {
  const seen = await Promise.all(workloads.map((one) => lookForKeepers(run.cluster, one)));
  const keepers = seen.flatMap((one) => one.keepers);
  const elsewhere = seen.flatMap((one) => one.elsewhere);
  const active = keepers.filter(({ inert }) => inert === undefined);
  refuseUnpaused(active, elsewhere, wish);
  const stopped = distinct(active);
  await refuseMadeAnew(run, stopped);
  const unwatched = await refuseUnchangeable(run, stopped);
  return {
    active: stopped,
    notes: [
      ...keepers.map(noteOf),
      ...elsewhere.map(
        ({ tracker, keeps }) => `${nameOf(tracker)}, which keeps ${nameOf(keeps)}, is paused by your word`,
      ),
      ...(await findOnlookers(run.cluster, workloads)),
    ],
    warnings: [
      ...new Set(seen.flatMap((one) => one.warnings)),
      ...markWarnings(claim, keepers),
      ...unwatched,
    ],
  };
}

function refuseUnpaused(
  active: readonly Keeper[],
  elsewhere: readonly ElsewhereKeeper[],
  { pauseGitops, gitopsPaused }: KeeperWish,
): void {
  const unpaused = pauseGitops ? [] : active.filter(({ object }) => object.kind !== 'ScaledObject');
  const unseen = gitopsPaused ? [] : elsewhere;
  if (unpaused.length + unseen.length === 0) return;
  const reasons = [
    ...unpaused.map((keeper) => `${keeperWords(keeper)}: ${placeOf(keeper.object)}`),
    ...unseen.map(({ tracker, keeps, why }) => `${nameOf(keeps)} is kept by ${nameOf(tracker)}, and ${why}`),
  ];
  throw new RunbookError('gitops-managed', reasons.join('; '), {
    next: [
      ...distinct(unpaused).map(({ object }) => pauseCommand(object)),
      ...unseen.map(({ tracker }) => pauseElsewhere(tracker)),
      ...distinct(unpaused).map(({ object }) => `${giveBackCommand(object)}  # afterwards`),
    ],
  });
}

/** Flux and Argo CD are in namespaces of their own, where a user may do less. Returns what will not be seen there. */
async function refuseUnchangeable({ cluster }: Run, keepers: readonly Keeper[]): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const { object } of keepers) {
    const { namespace } = object;
    const lever = leverOf(object);
    const missing = await missingPermissions(cluster, namespace, stopPermissions([lever]));
    if (missing.length > 0) {
      throw new RunbookError(
        'permission-missing',
        `in namespace ${namespace} you may not: ${missing.join(', ')}, to pause ${nameOf(object)}`,
        { next: [pauseCommand(object)] },
      );
    }
    const unseen = await missingPermissions(cluster, namespace, watchPermissions([lever]));
    if (unseen.length === 0) continue;
    warnings.push(
      `in namespace ${namespace} you may not: ${unseen.join(', ')}; who resumes ${nameOf(object)} is not seen`,
    );
  }
  return warnings;
}

/** Flux takes away what a program has set whose name begins with `kubectl`. */
function markWarnings(claim: Claim, keepers: readonly Keeper[]): readonly string[] {
  const isAtRest = (tracker: Tracker): boolean =>
    keepers.some(({ object }) => isSame(object, { namespace: claim.namespace, ...tracker }));
  return fluxTrackers({ kind: 'PersistentVolumeClaim', ...claim, metadata: claim })
    .filter((tracker) => tracker.kind === 'Kustomization' && !isAtRest(tracker))
    .map(
      (tracker) =>
        `${nameOf(tracker)} keeps the claim, and would take off the mark that it is half-written: pause it`,
    );
}

function noteOf(keeper: Keeper): string {
  const { object, keeps, inert } = keeper;
  return inert === undefined
    ? `${keeperWords(keeper)}: ${placeOf(object)} is paused for the run, and given back at the end`
    : `${placeOf(object)} keeps ${nameOf(keeps)} and ${inert}: it is left so`;
}

function placeOf(object: ClusterObject): string {
  return `${nameOf(object)} in namespace ${object.namespace}`;
}

function isSame(one: ObjectRef, other: ObjectRef): boolean {
  return one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;
}

/** One Kustomization may keep several workloads. */
function distinct(keepers: readonly Keeper[]): readonly Keeper[] {
  return [...new Map(keepers.map((keeper) => [keeper.object.metadata.uid, keeper])).values()];
}
