import type { V1ObjectMeta, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { Controller } from '../domain/writers.ts';
import type { ApiConnection } from './connection.ts';
import { claimsIn, toOwner } from './pods.ts';
import type { WorkloadApis } from './workloads.ts';

/** Everything but Deployments and StatefulSets that starts pods, and whether it would as it stands. */
export async function controllersIn(
  connection: ApiConnection,
  { core, apps, batch }: WorkloadApis,
  namespace: string,
): Promise<readonly Controller[]> {
  const [replicaSets, replicationControllers, daemonSets, jobs, cronJobs] = await Promise.all([
    connection.read(() => apps.listNamespacedReplicaSet({ namespace })),
    connection.read(() => core.listNamespacedReplicationController({ namespace })),
    connection.read(() => apps.listNamespacedDaemonSet({ namespace })),
    connection.read(() => batch.listNamespacedJob({ namespace })),
    connection.read(() => batch.listNamespacedCronJob({ namespace })),
  ]);
  return [
    ...replicaSets.items.map(({ metadata, spec }) =>
      toController('ReplicaSet', { metadata, template: spec?.template, active: spec?.replicas !== 0 }),
    ),
    ...replicationControllers.items.map(({ metadata, spec }) =>
      toController('ReplicationController', {
        metadata,
        template: spec?.template,
        active: spec?.replicas !== 0,
      }),
    ),
    ...daemonSets.items.map(({ metadata, spec, status }) =>
      // One whose selector matches no node is how an operator stops it.
      toController('DaemonSet', {
        metadata,
        template: spec?.template,
        active: (status?.desiredNumberScheduled ?? 1) > 0,
      }),
    ),
    ...jobs.items.map(({ metadata, spec, status }) => {
      const ended = status?.conditions?.some(
        ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
      );
      return toController('Job', {
        metadata,
        template: spec?.template,
        active: !ended && !spec?.suspend,
      });
    }),
    ...cronJobs.items.map(({ metadata, spec }) =>
      toController('CronJob', {
        metadata,
        template: spec?.jobTemplate.spec?.template,
        active: !spec?.suspend,
      }),
    ),
  ];
}

interface Template {
  readonly metadata: V1ObjectMeta | undefined;
  readonly template: V1PodTemplateSpec | undefined;
  readonly active: boolean;
}

function toController(kind: Controller['kind'], { metadata, template, active }: Template): Controller {
  const owner = toOwner(metadata);
  return {
    kind,
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ...(owner && { owner }),
    claims: claimsIn(template?.spec),
    active,
  };
}
