import { createHash } from 'node:crypto';
import type {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  V1Deployment,
  V1LabelSelector,
  V1ObjectMeta,
  V1PodTemplateSpec,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { fieldManager } from '../domain/names.ts';
import type { Rollout, Workload, WorkloadRef } from '../domain/workload.ts';
import { mergePatch } from './claims.ts';
import type { WorkloadChange, Workloads } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { controllersIn } from './controllers.ts';
import { toTemplate } from './pod-templates.ts';
import { claimsIn, toOwner } from './pods.ts';

export interface WorkloadApis {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
}

export function workloadsOf(connection: ApiConnection, apis: WorkloadApis): Workloads {
  const { apps } = apis;
  return {
    async list(namespace) {
      const [deployments, statefulSets] = await Promise.all([
        connection.read(() => apps.listNamespacedDeployment({ namespace })),
        connection.read(() => apps.listNamespacedStatefulSet({ namespace })),
      ]);
      return [...deployments.items.map(fromDeployment), ...statefulSets.items.map(fromStatefulSet)];
    },
    async listAll() {
      const [deployments, statefulSets] = await Promise.all([
        connection.read(() => apps.listDeploymentForAllNamespaces()),
        connection.read(() => apps.listStatefulSetForAllNamespaces()),
      ]);
      return [...deployments.items.map(fromDeployment), ...statefulSets.items.map(fromStatefulSet)];
    },
    async read(namespace, { kind, name }: WorkloadRef) {
      if (kind === 'Deployment') {
        const found = await connection.find(() => apps.readNamespacedDeployment({ namespace, name }));
        return found && fromDeployment(found);
      }
      const found = await connection.find(() => apps.readNamespacedStatefulSet({ namespace, name }));
      return found && fromStatefulSet(found);
    },
    async patch(workload, change) {
      const { kind, namespace, name } = workload;
      const request = { namespace, name, body: patchBody(workload, change), fieldManager };
      return connection.send(async () =>
        kind === 'Deployment'
          ? fromDeployment(await apps.patchNamespacedDeployment(request, mergePatch))
          : fromStatefulSet(await apps.patchNamespacedStatefulSet(request, mergePatch)),
      );
    },
    controllers: (namespace) => controllersIn(connection, apis, namespace),
  };
}

function patchBody(workload: Workload, { replicas, whenScaled, annotations }: WorkloadChange): object {
  return {
    metadata: { resourceVersion: workload.resourceVersion, ...(annotations && { annotations }) },
    ...((replicas !== undefined || whenScaled !== undefined) && {
      spec: {
        ...(replicas !== undefined && { replicas }),
        ...(whenScaled !== undefined && { persistentVolumeClaimRetentionPolicy: { whenScaled } }),
      },
    }),
  };
}

function fromDeployment({ metadata, spec, status }: V1Deployment): Workload {
  return {
    ...common('Deployment', { metadata, template: spec?.template, selector: spec?.selector }),
    specDigest: digest(spec),
    replicas: spec?.replicas ?? 1,
    claimTemplates: [],
    rollout: toRollout(status),
  };
}

function fromStatefulSet({ metadata, spec, status }: V1StatefulSet): Workload {
  const whenScaled = spec?.persistentVolumeClaimRetentionPolicy?.whenScaled;
  return {
    ...common('StatefulSet', { metadata, template: spec?.template, selector: spec?.selector }),
    specDigest: digest(spec),
    replicas: spec?.replicas ?? 1,
    claimTemplates: (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? ''),
    ...((whenScaled === 'Retain' || whenScaled === 'Delete') && { whenScaled }),
    rollout: toRollout(status),
  };
}

/** The generation would not do: a Deployment's counts changes of its annotations too. */
function digest(spec: object | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(spec ?? {}))
    .digest('hex')
    .slice(0, 16);
}

interface CommonParts {
  readonly metadata: V1ObjectMeta | undefined;
  readonly template: V1PodTemplateSpec | undefined;
  readonly selector: V1LabelSelector | undefined;
}

function common<K extends Workload['kind']>(kind: K, { metadata, template, selector }: CommonParts) {
  const owner = toOwner(metadata);
  return {
    kind,
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    ...(owner && { owner }),
    annotations: metadata?.annotations ?? {},
    claims: claimsIn(template?.spec),
    selector: selectorText(selector),
    template: toTemplate(template?.spec),
  };
}

function selectorText(selector: V1LabelSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

function toRollout(status: (Partial<Rollout> & { conditions?: unknown }) | undefined): Rollout {
  return {
    observedGeneration: status?.observedGeneration ?? 0,
    replicas: status?.replicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    conditions: status?.conditions ?? [],
  };
}
