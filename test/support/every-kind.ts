/**
 * One claim that an object of every kind mounts that step 2 can stop, and every kind of what would put them back: what a
 * restore changes, and what must be as it was afterwards.
 */
import { recordKeys } from '../../src/domain/quiesce-record.ts';
import {
  application,
  applicationSet,
  fluxLabels,
  helmRelease,
  kustomization,
  scaledObject,
} from './keepers.ts';
import type { TestClaim, TestNamespace } from './namespace.ts';
import { cronJob, daemonSet, job, replicaSet, replicationController } from './other-workloads.ts';
import { deployment, statefulSet } from './workloads.ts';

/** As kubectl takes them; ReplicaSets that a Deployment has made are objects too. */
export const everyKind = [
  'deployments',
  'statefulsets',
  'replicasets',
  'replicationcontrollers',
  'daemonsets',
  'jobs',
  'cronjobs',
  'scaledobjects.keda.sh',
  'applications.argoproj.io',
  'kustomizations.kustomize.toolkit.fluxcd.io',
  'helmreleases.helm.toolkit.fluxcd.io',
] as const;

/** The fields of their status that are 1 when all is up. */
const running = {
  readyReplicas: ['deployment/web', 'statefulset/db', 'replicaset/old', 'replicationcontroller/older'],
  numberReady: ['daemonset/agent'],
  ready: ['job/import'],
};

/** What a restore of the claim needs to be told. */
export const flagsOfEveryKind = ['--retain-claims', '--pause-gitops'];

/** Hundreds of pods start and end in a test: these cost little, and go at once. */
const cheap = {
  container: { image: 'nkvm.local/pause:1', command: undefined },
  pod: { hostNetwork: true, terminationGracePeriodSeconds: 0 },
};

/**
 * Makes them, with the claim `orders`, and waits until they run. The StatefulSet deletes its own claim when it is scaled
 * down. The kinds of the keepers must be there (`installKeeperKinds`); nobody acts on them.
 */
export async function claimOfEveryKind(shop: TestNamespace): Promise<TestClaim> {
  const claim = await shop.claim('orders');
  await shop.volume('data-db-0');
  await applyKeepers(shop);
  const options = { claims: [claim.name], ...cheap };
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
  await shop.apply(
    marked(deployment('web', options), { annotations: tracked(shop, 'apps/Deployment', 'web') }),
    marked(daemonSet('agent', options), { annotations: tracked(shop, 'apps/DaemonSet', 'agent') }),
    marked(statefulSet('db', { ...options, spec: { persistentVolumeClaimRetentionPolicy } }), {
      labels: fluxLabels('kustomize', shop.name, 'db'),
    }),
    marked(replicaSet('old', options), { labels: fluxLabels('helm', shop.name, 'old') }),
    replicationController('older', options),
    job('import', options),
    cronJob('nightly', options),
  );
  await everythingRuns(shop);
  return claim;
}

export async function everythingRuns(shop: TestNamespace): Promise<void> {
  for (const [field, refs] of Object.entries(running)) {
    await shop.kubectl(['wait', `--for=jsonpath={.status.${field}}=1`, '--timeout=300s', ...refs]);
  }
}

/** An Application of its own for each, one of them made by an ApplicationSet that leaves our annotations alone. */
async function applyKeepers(shop: TestNamespace): Promise<void> {
  const name = 'agents';
  await shop.apply(applicationSet(name, ['argocd.argoproj.io/skip-reconcile', ...recordKeys]));
  const { uid } = (await shop.get(`applicationsets.argoproj.io/${name}`)).metadata;
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name, uid, controller: true };
  await shop.apply(
    scaledObject('web'),
    application(`${shop.name}-web`),
    application(`${shop.name}-agent`, { ownerReferences: [owner] }),
    kustomization('db'),
    helmRelease('old'),
  );
}

/** Applications are looked for in all namespaces. */
function tracked(shop: TestNamespace, kind: string, name: string): object {
  return { 'argocd.argoproj.io/tracking-id': `${shop.name}-${name}:${kind}:${shop.name}/${name}` };
}

function marked(manifest: object, more: object): object {
  const { metadata } = manifest as { readonly metadata: object };
  return { ...manifest, metadata: { ...metadata, ...more } };
}
