import type { V1LabelSelector, V1PodSpec } from '@kubernetes/client-node';
import { type ClusterObject, type Json, valueAt } from '../domain/cluster-object.ts';
import { leverOf, type WorkloadKind, workloadLevers } from '../domain/levers.ts';
import type { Workload } from '../domain/workload.ts';
import type { Objects, Workloads } from './cluster.ts';
import { toTemplate } from './pod-templates.ts';
import { claimsIn } from './pods.ts';

const allKinds = workloadLevers.map(({ kind }) => kind);

export function workloadsOf(objects: Objects): Workloads {
  return {
    async list(namespace, kinds = allKinds) {
      const found = await Promise.all(
        kinds.map(async (kind) =>
          (await objects.list(leverOf({ kind }), namespace)).map((object) => toWorkload(kind, object)),
        ),
      );
      return found.flat();
    },
    async read(ref) {
      const found = await objects.read(leverOf(ref), ref);
      return found && toWorkload(ref.kind, found);
    },
  };
}

export function toWorkload(kind: WorkloadKind, object: ClusterObject): Workload {
  // As the API server validates them: whatever it holds of these is of these types.
  const spec = templateSpec(kind, object) as V1PodSpec | undefined;
  const selector = selectorText(kind, valueAt(object, ['spec', 'selector']));
  const claimTemplates = (valueAt(object, ['spec', 'volumeClaimTemplates']) ?? []) as readonly {
    readonly metadata?: { readonly name?: string };
  }[];
  return {
    kind,
    namespace: object.namespace,
    name: object.name,
    object,
    claims: claimsIn(spec),
    claimTemplates: claimTemplates.map(({ metadata }) => metadata?.name ?? ''),
    ephemeralVolumes: (spec?.volumes ?? []).flatMap(({ name, ephemeral }) => (ephemeral ? name : [])),
    ...(selector !== undefined && { selector }),
    template: toTemplate(spec),
  };
}

function templateSpec(kind: WorkloadKind, object: ClusterObject): Json | undefined {
  const inJob = kind === 'CronJob' ? ['jobTemplate', 'spec'] : [];
  return valueAt(object, ['spec', ...inJob, 'template', 'spec']);
}

function selectorText(kind: WorkloadKind, json: Json | undefined): string | undefined {
  if (kind === 'CronJob' || json === undefined) return undefined;
  const selector = (kind === 'ReplicationController' ? { matchLabels: json } : json) as V1LabelSelector;
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}
