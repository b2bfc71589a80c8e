/** Who writes to a claim: what has a pod with it, and what may start one. */
import { holdsItsClaims, isBackupHelper, isRunPod, type Owner, type Pod } from './pod.ts';
import { mountsClaim, type OtherWriter, type Workload } from './workload.ts';

/** Anything but a Deployment or StatefulSet that starts pods from a template. */
export interface Controller {
  readonly kind: 'ReplicaSet' | 'ReplicationController' | 'DaemonSet' | 'Job' | 'CronJob';
  readonly name: string;
  readonly uid: string;
  readonly owner?: Owner;
  readonly claims: readonly string[];
  /** False when it starts no pod as it stands: finished, suspended or at 0 replicas. */
  readonly active: boolean;
}

export interface NamespaceObjects {
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly controllers: readonly Controller[];
}

export interface Writers {
  readonly workloads: readonly Workload[];
  /** What this tool does not stop: each must be stopped by the operator. */
  readonly others: readonly OtherWriter[];
  /** NKVM's own backup pods, which go by themselves. */
  readonly backupPods: readonly Pod[];
}

export function findWriters(claim: string, objects: NamespaceObjects): Writers {
  const workloads = new Map<string, Workload>();
  const others = new Map<string, OtherWriter>();
  const backupPods: Pod[] = [];
  const add = (writer: Workload | OtherWriter): void => {
    if ('uid' in writer) workloads.set(writer.uid, writer);
    else others.set(`${writer.kind}/${writer.name}`, writer);
  };

  for (const workload of objects.workloads) if (mountsClaim(workload, claim)) add(workload);
  for (const controller of objects.controllers) {
    if (controller.active && controller.claims.includes(claim)) add(rootOf(controller, objects));
  }
  for (const pod of objects.pods) {
    if (!pod.claims.includes(claim) || !holdsItsClaims(pod) || isRunPod(pod)) continue;
    if (isBackupHelper(pod)) backupPods.push(pod);
    else add(pod.owner === undefined ? barePod(pod) : ownerOf(pod.owner, objects));
  }
  return { workloads: [...workloads.values()].sort(byName), others: [...others.values()], backupPods };
}

/** A workload that another object controls would be scaled back by it: it counts as that object's. */
export function ownedWorkload(workload: Workload): OtherWriter | undefined {
  const { owner, namespace } = workload;
  if (owner === undefined || workload.replicas === 0) return undefined;
  return {
    kind: owner.kind,
    name: owner.name,
    stopWith: `scale ${workload.kind.toLowerCase()}/${workload.name} to 0 through its owner ${owner.kind}/${owner.name} in ${namespace}`,
  };
}

function rootOf(controller: Controller, objects: NamespaceObjects): Workload | OtherWriter {
  if (controller.owner !== undefined) return ownerOf(controller.owner, objects);
  return { kind: controller.kind, name: controller.name, stopWith: stopCommand(controller) };
}

function ownerOf(owner: Owner, objects: NamespaceObjects): Workload | OtherWriter {
  const workload = objects.workloads.find(({ uid }) => uid === owner.uid);
  if (workload !== undefined) return workload;
  const controller = objects.controllers.find(({ uid }) => uid === owner.uid);
  if (controller !== undefined) return rootOf(controller, objects);
  return { kind: owner.kind, name: owner.name };
}

function barePod({ name, namespace }: Pod): OtherWriter {
  return { kind: 'Pod', name, stopWith: `kubectl -n ${namespace} delete pod ${name}` };
}

function stopCommand({ kind, name }: Controller): string {
  const object = `${kind.toLowerCase()} ${name}`;
  switch (kind) {
    case 'ReplicaSet':
    case 'ReplicationController':
      return `kubectl scale ${object} --replicas=0`;
    case 'Job':
    case 'CronJob':
      return `kubectl patch ${object} -p '{"spec":{"suspend":true}}'`;
    case 'DaemonSet':
      return `kubectl patch ${object} -p '{"spec":{"template":{"spec":{"nodeSelector":{"nkvm.dev/none":"true"}}}}}'`;
  }
}

function byName(a: Workload, b: Workload): number {
  return a.kind === b.kind ? compare(a.name, b.name) : compare(a.kind, b.kind);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
