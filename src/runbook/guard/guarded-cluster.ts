/**
 * A cluster on which nothing is changed without the lock: each call that changes something checks it first, here and
 * not in the steps, so that none can forget to. What every method of the port does is written down in one table; a
 * method that is added to the port and not to the table does not compile.
 */
import type { Cluster, Exec, PodManifest, Pods } from '../../cluster/cluster.ts';
import { annotations } from '../../domain/names.ts';
import { heartbeatOf, type Pod } from '../../domain/pod.ts';

export interface Lock {
  /** Returns while the lock is ours; throws otherwise. */
  check(): Promise<void>;
  /** The same by asking the API server. */
  confirm(): Promise<void>;
  /** Aborted as soon as the lock is known to be another's. */
  readonly lost: AbortSignal;
}

type Ports = Pick<Cluster, 'claims' | 'pods' | 'objects' | 'workloads' | 'revisions' | 'snapshots'>;
type Effects = { readonly [P in keyof Ports]: { readonly [M in keyof Ports[P]]: 'reads' | 'changes' } };

const effects: Effects = {
  claims: { read: 'reads', list: 'reads', annotate: 'changes', bindsOnFirstConsumer: 'reads' },
  pods: {
    list: 'reads',
    listAll: 'reads',
    read: 'reads',
    create: 'changes',
    annotate: 'changes',
    delete: 'changes',
    events: 'reads',
    log: 'reads',
  },
  objects: { isServed: 'reads', read: 'reads', list: 'reads', patch: 'changes' },
  workloads: { list: 'reads', read: 'reads' },
  revisions: { list: 'reads', delete: 'changes' },
  snapshots: {
    isServed: 'reads',
    driverOf: 'reads',
    classes: 'reads',
    create: 'changes',
    read: 'reads',
    delete: 'changes',
  },
};

export function guardedCluster(cluster: Cluster, lock: Lock): Cluster {
  return {
    ...cluster,
    claims: guarded(cluster.claims, effects.claims, lock),
    pods: takingBackLate(cluster.pods, lock),
    objects: guarded(cluster.objects, effects.objects, lock),
    workloads: guarded(cluster.workloads, effects.workloads, lock),
    revisions: guarded(cluster.revisions, effects.revisions, lock),
    snapshots: guarded(cluster.snapshots, effects.snapshots, lock),
    exec: guardedExec(cluster.exec, lock),
  };
}

function guarded<P extends object>(
  port: P,
  does: { readonly [M in keyof P]: 'reads' | 'changes' },
  lock: Lock,
): P {
  const methods = Object.entries(port).map(([name, method]: [string, (...args: unknown[]) => unknown]) => {
    if (does[name as keyof P] === 'reads') return [name, method];
    const checked = async (...args: unknown[]): Promise<unknown> => {
      await lock.check();
      return method(...args);
    };
    return [name, checked];
  });
  return Object.fromEntries(methods) as P;
}

/**
 * A create relies on no version that a takeover would have changed, and may reach the API server long after the check:
 * the machine slept, and often the answer is lost with it. A pod that was made too late is taken back. Its heartbeat
 * tells it from the one of another process that continues the same run.
 */
function takingBackLate(pods: Pods, lock: Lock): Pods {
  const checked = guarded(pods, effects.pods, lock);
  const takeBack = async (namespace: string, { metadata }: PodManifest): Promise<void> => {
    await lock.confirm().catch(() => undefined);
    if (!lock.lost.aborted) return;
    const sent = metadata as { readonly name: string; readonly annotations: Pod['annotations'] };
    const late = await pods.read({ namespace, name: sent.name });
    if (late !== undefined && heartbeatOf(late) === sent.annotations[annotations.heartbeat])
      await pods.delete(late, late.uid);
    lock.lost.throwIfAborted();
  };
  return {
    ...checked,
    async create(namespace, manifest, dryRun) {
      try {
        return await checked.create(namespace, manifest, dryRun);
      } finally {
        if (!dryRun) await takeBack(namespace, manifest);
      }
    },
  };
}

/** A program in the pod may write for as long as it gets input: each piece of that is a change of its own. */
function guardedExec(exec: Exec, lock: Lock): Exec {
  return async (pod, command, streams) => {
    await lock.check();
    const { stdin } = streams ?? {};
    return exec(pod, command, {
      ...streams,
      ...(stdin !== undefined && { stdin: whileLocked(stdin, lock) }),
    });
  };
}

async function* whileLocked(stdin: AsyncIterable<Uint8Array>, lock: Lock): AsyncIterable<Uint8Array> {
  for await (const piece of stdin) {
    await lock.check();
    yield piece;
  }
}
