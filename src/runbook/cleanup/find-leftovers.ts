/**
 * What earlier runs have left in the cluster: pods, locks, objects that they stopped. Each run is live, held or dead by
 * its lock, or, for one that only reads and takes none, by its pod's heartbeat: by what changes while one looks. What has this
 * tool's marks and is of no run is foreign: shown, and never touched.
 */
import { holderOf, type Lease, versionOf, wholeSeconds } from '../../domain/claim-lock.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { annotations, component, labels, nkvmName } from '../../domain/names.ts';
import { heartbeatOf, holdsItsClaims, isReadingPod, type Pod } from '../../domain/pod.ts';
import { hasForeignRecord, quiesceRecord } from '../../domain/quiesce-record.ts';
import { beganAt, parseRunId, type RunId } from '../../domain/run.ts';
import { workloadName } from '../../domain/workload.ts';
import { foreignLockCommands } from '../guard/foreign-lock.ts';
import type { Run } from '../run.ts';
import { stoppableObjects } from '../writers/stopped-objects.ts';

export interface LeftoverRun {
  readonly run: RunId;
  readonly namespace: string;
  /** Absent where nothing of it says so any more. */
  readonly operator?: string;
  readonly host?: string;
  /** When it began, or took its lock. */
  readonly since: string;
  readonly lastSeen: string;
  readonly isHeld: boolean;
  /** What its client changes while it lives; undefined where no client can be at work. */
  readonly sign?: string;
  readonly pods: readonly Pod[];
  readonly locks: readonly Lease[];
  /** What it stopped, in the order of step 2. */
  readonly stopped: readonly ClusterObject[];
}

/** Of no run that this tool can name. */
export interface ForeignLeftover {
  readonly namespace: string;
  /** `pod/web`, as kubectl takes it. */
  readonly name: string;
  readonly why: string;
  readonly next: readonly string[];
}

export interface Leftovers {
  readonly runs: readonly LeftoverRun[];
  readonly foreign: readonly ForeignLeftover[];
}

/** Pods and locks: all that a living client changes. */
export interface Traces {
  readonly pods: readonly Pod[];
  readonly locks: readonly Lease[];
}

export async function findLeftovers(run: Run, namespace: string | undefined): Promise<Leftovers> {
  const [{ pods, locks }, objects] = await Promise.all([
    findTraces(run, namespace),
    stoppableObjects(run, namespace),
  ]);
  const found = new Map<string, { run: RunId; namespace: string }>();
  const add = (id: RunId | undefined, where: string): void => {
    if (id !== undefined && (namespace === undefined || where === namespace))
      found.set(`${where}/${id}`, { run: id, namespace: where });
  };
  for (const pod of pods) add(runOf(pod), pod.namespace);
  for (const lock of locks) add(holderOf(lock).run, lock.namespace);
  for (const object of objects) {
    const record = quiesceRecord(object);
    add(record?.run, record?.claim.namespace ?? '');
  }
  return {
    runs: [...found.values()].map((one) => leftover(one, { pods, locks, objects })),
    foreign: [
      ...pods.filter((pod) => runOf(pod) === undefined).map(foreignPod),
      ...locks.filter((lock) => holderOf(lock).run === undefined).map(foreignLock),
      ...objects
        .filter((one) => hasForeignRecord(one) && [undefined, one.namespace].includes(namespace))
        .map(foreignObject),
    ],
  };
}

export async function findTraces({ cluster }: Run, namespace: string | undefined): Promise<Traces> {
  const components = `${component.restore},${component.verify},${component.read}`;
  const selector = `${labels.name}=${nkvmName},${labels.component} in (${components})`;
  const [pods, locks] = await Promise.all([
    namespace === undefined ? cluster.pods.listAll(selector) : cluster.pods.list(namespace, selector),
    cluster.leases.list(namespace, `${labels.name}=${nkvmName}`),
  ]);
  return { pods, locks };
}

/** A held run's lock is nobody's to renew. */
export function signOf(
  one: Pick<LeftoverRun, 'run' | 'namespace'>,
  { pods, locks }: Traces,
): string | undefined {
  const signs = [
    ...locks.filter((lock) => isLockOf(one, lock) && holderOf(lock).heldSince === undefined).map(versionOf),
    ...pods
      .filter((pod) => isPodOf(one, pod) && isReadingPod(pod) && holdsItsClaims(pod))
      .map((pod) => `${pod.uid}/${heartbeatOf(pod)}`),
  ];
  return signs.length === 0 ? undefined : signs.join(' ');
}

function leftover(
  { run, namespace }: { readonly run: RunId; readonly namespace: string },
  { pods, locks, objects }: Traces & { readonly objects: readonly ClusterObject[] },
): LeftoverRun {
  const own = {
    pods: pods.filter((pod) => isPodOf({ run, namespace }, pod)),
    locks: locks.filter((lock) => isLockOf({ run, namespace }, lock)),
    stopped: objects.filter((object) => {
      const record = quiesceRecord(object);
      return record?.run === run && record.claim.namespace === namespace;
    }),
  };
  const [lock] = own.locks;
  const [pod] = own.pods;
  const holder = lock && holderOf(lock);
  const operator = holder?.operator ?? pod?.annotations[annotations.operator]?.slice(0, 256);
  const sign = signOf({ run, namespace }, own);
  const since = holder?.since ?? beganAt(run);
  const isHeld =
    own.locks.some((one) => holderOf(one).heldSince !== undefined) ||
    (sign === undefined && own.stopped.some((object) => quiesceRecord(object)?.heldSpec !== undefined));
  return {
    ...{ run, namespace, since, isHeld },
    ...(operator !== undefined && { operator }),
    ...(holder !== undefined && { host: holder.host }),
    lastSeen: wholeSeconds(lock?.renewedAt ?? (pod && heartbeatOf(pod)) ?? since),
    ...(sign !== undefined && { sign }),
    ...own,
  };
}

function runOf({ labels: of }: Pod): RunId | undefined {
  return parseRunId(of[labels.run]);
}

function isPodOf(one: Pick<LeftoverRun, 'run' | 'namespace'>, pod: Pod): boolean {
  return runOf(pod) === one.run && pod.namespace === one.namespace;
}

function isLockOf(one: Pick<LeftoverRun, 'run' | 'namespace'>, lock: Lease): boolean {
  return lock.holder === one.run && lock.namespace === one.namespace;
}

function foreignPod({ namespace, name }: Pod): ForeignLeftover {
  const why = 'it has the labels of a restore pod and is of no run: somebody made it by hand';
  return {
    namespace,
    name: `pod/${name}`,
    why,
    next: [`kubectl -n ${namespace} delete pod ${name}   # when nobody works in it`],
  };
}

function foreignLock({ namespace, name }: Lease): ForeignLeftover {
  const why = 'it has the labels of a lock and its holder is no run';
  return { namespace, name: `lease/${name}`, why, next: foreignLockCommands({ namespace, name }) };
}

function foreignObject(object: ClusterObject): ForeignLeftover {
  const { namespace } = object;
  const name = workloadName(object);
  const why = 'its nkvm.dev/ annotations are not what this tool writes: what it had before is not known';
  return { namespace, name, why, next: [`kubectl -n ${namespace} get ${name} -o yaml`] };
}
