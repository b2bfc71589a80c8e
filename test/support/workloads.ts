/** Workloads that write to their claims all the time, as manifests for `TestNamespace.apply`. */
export interface WorkloadOptions {
  readonly replicas?: number;
  /** Names of claims, each mounted at /CLAIM; the first one is written to. */
  readonly claims?: readonly string[];
  /** Merged into the workload's spec. */
  readonly spec?: object;
  /** Merged into the pod's spec. */
  readonly pod?: object;
  /** Merged into the container. */
  readonly container?: object;
}

/** Appends to NAME.log on its first claim, several times a second. */
export function deployment(name: string, options: WorkloadOptions = {}): object {
  const { replicas = 1, spec } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, ...podsOf(name, options), ...spec },
  };
}

/** Appends to NAME.log on the claim; nothing starts it again. */
export function barePod(name: string, claim: string): object {
  const { template } = podsOf(name, { claims: [claim] });
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: template.spec };
}

/** Each ordinal appends to NAME.log on its own claim `data-NAME-ORDINAL`, besides mounting `claims`. */
export function statefulSet(name: string, options: WorkloadOptions = {}): object {
  const { replicas = 1, claims = [], spec } = options;
  const template = {
    metadata: { name: 'data' },
    spec: {
      storageClassName: 'nkvm-manual',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      volumeClaimTemplates: [template],
      ...podsOf(name, { ...options, claims }, ['data', ...claims]),
      ...spec,
    },
  };
}

/** The selector and the template of a workload's spec. `mounts`: names of its volumes, each mounted at /NAME. */
export function podsOf(
  name: string,
  options: WorkloadOptions,
  mounts: readonly string[] = options.claims ?? [],
) {
  const [first] = mounts;
  const work = first === undefined ? ':' : `date >>/${first}/${name}.log`;
  const container = {
    name: 'app',
    image: 'nkvm.local/busybox:1',
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', `trap 'exit 0' TERM; while :; do ${work}; sleep 0.3 & wait $!; done`],
    volumeMounts: mounts.map((claim) => ({ name: claim, mountPath: `/${claim}` })),
    ...options.container,
  };
  const volumes = (options.claims ?? []).map((claimName) => ({
    name: claimName,
    persistentVolumeClaim: { claimName },
  }));
  return {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [container], volumes, ...options.pod },
    },
  };
}
