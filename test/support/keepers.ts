/** Objects of KEDA, Argo CD and Flux, as manifests for `TestNamespace.apply`, and the marks that they put on others. */

export function scaledObject(name: string, more: { readonly annotations?: object } = {}): object {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name, labels: { team: 'orders' }, ...more },
    spec: {
      scaleTargetRef: { name },
      maxReplicaCount: 3,
      triggers: [{ type: 'cron', metadata: { timezone: 'Etc/UTC', start: '0 0 * * *', end: '1 0 * * *' } }],
    },
  };
}

export interface ApplicationOptions {
  readonly labels?: object;
  readonly annotations?: object;
  readonly ownerReferences?: readonly object[];
}

/** With automated sync and self-heal. */
export function application(name: string, metadata: ApplicationOptions = {}): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, ...metadata },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.invalid/shop', path: '.' },
      destination: { server: 'https://kubernetes.default.svc' },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=false'] },
    },
  };
}

export function applicationSet(name: string, preserved: readonly string[] = []): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name },
    spec: {
      generators: [],
      ...(preserved.length > 0 && { preservedFields: { annotations: preserved } }),
      template: {
        metadata: { name: 'any' },
        spec: { project: 'default', destination: {}, source: { repoURL: 'https://git.invalid/shop' } },
      },
    },
  };
}

export function kustomization(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, ...metadata },
    spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' }, ...spec },
  };
}

export function helmRelease(name: string, metadata: object = {}): object {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, ...metadata },
    spec: {
      interval: '1m',
      chart: { spec: { chart: 'shop', sourceRef: { kind: 'HelmRepository', name: 'shop' } } },
      driftDetection: { mode: 'enabled' },
    },
  };
}

/** Argo CD's tracking annotation of a Deployment. */
export function trackedBy(application: string, namespace: string, name: string): object {
  return { 'argocd.argoproj.io/tracking-id': `${application}:apps/Deployment:${namespace}/${name}` };
}

/** Flux' labels. `group` is kustomize or helm. */
export function fluxLabels(group: 'kustomize' | 'helm', namespace: string, name: string): object {
  return {
    [`${group}.toolkit.fluxcd.io/name`]: name,
    [`${group}.toolkit.fluxcd.io/namespace`]: namespace,
  };
}
