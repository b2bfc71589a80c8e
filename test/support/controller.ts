/**
 * A stand-in for a controller: watches objects through the real API, and with each change of one of them makes what it
 * wants to be so. It is another program than the one under test, with a field manager of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { cluster, scratch } from './cluster.ts';
import type { KubeObject, TestNamespace } from './namespace.ts';

export interface WatchedObject {
  readonly namespace: TestNamespace;
  /** KIND/NAME. */
  readonly ref: string;
}

export interface Controller {
  readonly manager: string;
  /** The objects that it looks at; `reconcile` gets them as they are, in this order. */
  readonly watches: readonly WatchedObject[];
  /** The merge patch of an object that makes it so; undefined when it is. */
  readonly reconcile: (...objects: readonly KubeObject[]) => Change | undefined;
}

export interface Change extends WatchedObject {
  readonly patch: object;
}

/** Runs until the test ends. Returns how often it has changed something. */
export function startController(t: TestContext, controller: Controller): { readonly changes: () => number } {
  const { manager, watches, reconcile } = controller;
  let changes = 0;
  let hasEnded = false;
  let work = Promise.resolve();
  const look = async (): Promise<void> => {
    const objects = await Promise.all(watches.map(({ namespace, ref }) => namespace.get(ref)));
    const change = reconcile(...objects);
    if (change === undefined || hasEnded) return;
    const args = ['patch', change.ref, '--type=merge', `--field-manager=${manager}`];
    await change.namespace.kubectl([...args, '-p', JSON.stringify(change.patch)]);
    changes++;
  };
  // One after the other; a conflict or an object that goes is another event.
  const onEvent = () => {
    work = work.then(() => (hasEnded ? undefined : look().catch(() => undefined)));
  };
  const children = watches.map((one) => watch(one, onEvent));
  t.after(async () => {
    hasEnded = true;
    for (const child of children) child.kill('SIGTERM');
    await work;
  });
  return { changes: () => changes };
}

function watch({ namespace, ref }: WatchedObject, onEvent: () => void): ChildProcess {
  const { kubeconfig, path } = cluster();
  const args = ['-n', namespace.name, 'get', ref, '--watch', '-o', 'name'];
  const env = { PATH: path, HOME: scratch, KUBECONFIG: kubeconfig };
  const child = spawn('kubectl', args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', onEvent);
  return child;
}

/** Wants that many replicas, as long as `isActive` says so of the keeper. */
export function replicasKeeper(
  manager: string,
  workload: WatchedObject,
  wish: {
    readonly replicas: number;
    readonly keeper: WatchedObject;
    readonly isActive: (keeper: KubeObject) => boolean;
  },
): Controller {
  const { replicas, keeper, isActive } = wish;
  return {
    manager,
    watches: [workload, keeper],
    reconcile: (now, by) =>
      now !== undefined && by !== undefined && isActive(by) && now.spec?.['replicas'] !== replicas
        ? { ...workload, patch: { spec: { replicas } } }
        : undefined,
  };
}
