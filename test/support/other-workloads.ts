/** The kinds that operators meet less often, as manifests for `TestNamespace.apply`. */
import { podsOf, type WorkloadOptions } from './workloads.ts';

export function replicaSet(name: string, options: WorkloadOptions): object {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name }, spec: specOf(name, options) };
}

export function replicationController(name: string, options: WorkloadOptions): object {
  const { template, ...spec } = specOf(name, options);
  const selector = template.metadata.labels;
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name },
    spec: { ...spec, template, selector },
  };
}

export function daemonSet(name: string, options: WorkloadOptions): object {
  const spec = { ...podsOf(name, options), ...options.spec };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec };
}

/** Works until it is stopped. */
export function job(name: string, options: WorkloadOptions): object {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: jobSpec(name, options) };
}

/** Starts a Job only when a test does: once a year. */
export function cronJob(name: string, options: WorkloadOptions & { readonly suspend?: boolean }): object {
  const { suspend } = options;
  const jobTemplate = { spec: jobSpec(name, options) };
  const spec = { schedule: '0 0 1 1 *', jobTemplate, ...(suspend !== undefined && { suspend }) };
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec };
}

function specOf(name: string, options: WorkloadOptions) {
  const { replicas = 1, spec } = options;
  return { replicas, ...podsOf(name, options), ...spec };
}

function jobSpec(name: string, options: WorkloadOptions) {
  const { template } = podsOf(name, { ...options, pod: { restartPolicy: 'Never', ...options.pod } });
  return { template, ...options.spec };
}
