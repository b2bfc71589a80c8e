import type { CoreV1Api, CoreV1Event, V1ContainerStatus, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { fieldManager } from '../domain/names.ts';
import type { ClaimMount, ContainerStatus, Pod } from '../domain/pod.ts';
import { mergePatch } from './claims.ts';
import type { Pods } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { isStatus } from './connection-error.ts';
import { toOwner } from './owner.ts';
import { toTemplate } from './pod-templates.ts';

export function podsOf(connection: ApiConnection, { core }: { core: CoreV1Api }): Pods {
  return {
    async list(namespace, labelSelector) {
      const request = { namespace, ...(labelSelector && { labelSelector }) };
      return (await connection.read(() => core.listNamespacedPod(request))).items.map(toPod);
    },
    async listAll(labelSelector) {
      return (await connection.read(() => core.listPodForAllNamespaces({ labelSelector }))).items.map(toPod);
    },
    async read(pod) {
      const found = await connection.find(() => core.readNamespacedPod(pod));
      return found && toPod(found);
    },
    async create(namespace, manifest, dryRun = false) {
      // client-node's serializer keeps only fields that it knows; the manifest holds no others.
      const body = manifest as V1Pod;
      const request = { namespace, body, fieldManager, ...(dryRun && { dryRun: 'All' }) };
      return toPod(await connection.send(() => core.createNamespacedPod(request)));
    },
    async annotate({ namespace, name }, annotations) {
      const body = { metadata: { annotations } };
      await connection.send(() =>
        core.patchNamespacedPod({ namespace, name, body, fieldManager }, mergePatch),
      );
    },
    async delete({ namespace, name }, uid) {
      const body = uid === undefined ? {} : { body: { preconditions: { uid } } };
      await connection.find(() => core.deleteNamespacedPod({ namespace, name, ...body }));
    },
    async events({ namespace, name }) {
      const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${name}`;
      try {
        const { items } = await connection.read(() => core.listNamespacedEvent({ namespace, fieldSelector }));
        return items
          .sort((a, b) => eventTime(a) - eventTime(b))
          .map((event) => `${event.reason}: ${event.message}`);
      } catch (error) {
        if (isStatus(error, 403)) return [];
        throw error;
      }
    },
    async log({ namespace, name }, container, tailLines) {
      const lines = async (previous: boolean): Promise<string[]> => {
        const request = { namespace, name, container, tailLines, previous, limitBytes: 64 * 1024 };
        const text = await connection.read(() => core.readNamespacedPodLog(request));
        return String(text ?? '')
          .split('\n')
          .filter((line) => line !== '');
      };
      try {
        const current = await lines(false);
        return current.length > 0 ? current : await lines(true);
      } catch (error) {
        if (isStatus(error, 400, 403, 404)) return [];
        throw error;
      }
    },
  };
}

function eventTime({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  // client-node types eventTime as a date and hands out the text.
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}

/** Claims mounted by name, and those an ephemeral volume of the pod `podName` makes. */
export function claimsIn(spec: V1PodSpec | undefined, podName?: string): string[] {
  return (spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral && podName !== undefined ? [`${podName}-${volume.name}`] : [];
  });
}

function mountsIn(spec: V1PodSpec | undefined): ClaimMount[] {
  const claims = new Map(
    spec?.volumes?.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName]),
  );
  return (spec?.containers ?? []).flatMap(({ name: container, volumeMounts = [] }) =>
    volumeMounts.flatMap(({ name, mountPath, subPath }) => {
      const claim = claims.get(name);
      if (claim === undefined || subPath) return [];
      const below = `${mountPath.replace(/\/+$/, '')}/`;
      const hasMountsBelow = volumeMounts.some((other) => other.mountPath.startsWith(below));
      return { claim, container, path: mountPath, hasMountsBelow };
    }),
  );
}

export function toPod({ metadata, spec, status }: V1Pod): Pod {
  const name = metadata?.name ?? '';
  const owner = toOwner(metadata);
  return {
    namespace: metadata?.namespace ?? '',
    name,
    uid: metadata?.uid ?? '',
    phase: status?.phase ?? 'Unknown',
    ...(status?.reason && { reason: status.reason }),
    ...(status?.message && { message: status.message }),
    deleting: metadata?.deletionTimestamp !== undefined,
    gracePeriodSeconds: metadata?.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30,
    preStopHooks: (spec?.containers ?? []).flatMap(({ name, lifecycle }) => (lifecycle?.preStop ? name : [])),
    finalizers: metadata?.finalizers ?? [],
    ...(spec?.nodeName && { node: spec.nodeName }),
    claims: claimsIn(spec, name),
    mounts: mountsIn(spec),
    template: toTemplate(spec, status),
    ...(owner && { owner }),
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    ...(metadata?.creationTimestamp && { createdAt: metadata.creationTimestamp }),
    conditions: (status?.conditions ?? []).map(({ type, status, reason, message }) => ({
      type,
      status,
      ...(reason && { reason }),
      ...(message && { message }),
    })),
    containers: [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
      toContainer,
    ),
  };
}

function toContainer({ name, ready, restartCount, state, lastState }: V1ContainerStatus): ContainerStatus {
  const ended = state?.terminated ?? lastState?.terminated;
  const reason = state?.waiting?.reason ?? ended?.reason;
  const message = state?.waiting?.message ?? ended?.message ?? (ended && `exit code ${ended.exitCode}`);
  return {
    name,
    ready,
    restarts: restartCount,
    ...(reason && { reason }),
    ...(message && { message }),
    state: state?.running ? 'running' : state?.terminated ? 'terminated' : 'waiting',
  };
}
