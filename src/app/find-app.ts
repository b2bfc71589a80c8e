/**
 * Finds the NKVM app by the labels of its Deployment: in its usual namespace, then wherever the user may look. More than
 * one is an error: which of them has the backups cannot be known. Reads only.
 */
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { isStatus } from '../cluster/connection-error.ts';
import { toWorkload } from '../cluster/workloads.ts';
import { type AppName, formatAppName } from '../domain/app-name.ts';
import type { ClusterObject, ObjectKind } from '../domain/cluster-object.ts';
import { leverOf } from '../domain/levers.ts';
import { messageOf } from '../domain/message-of.ts';
import { component, labels, nkvmName } from '../domain/names.ts';
import type { Run } from '../runbook/run.ts';
import type { App } from './app.ts';
import { appForbidden } from './app-access.ts';

const deployments: ObjectKind = leverOf({ kind: 'Deployment' });
const namespaces: ObjectKind = { kind: 'Namespace', apiVersions: ['v1'], plural: 'namespaces' };
const appLabels = `${labels.name}=${nkvmName},${labels.component}=${component.app}`;
const usualNamespace = nkvmName;
/** As NKVM's own Deployment has it. */
const usualContainer = 'app';
const shownNames = 10;

/** Rejects with a CatalogError: app-missing, app-ambiguous, app-forbidden. */
export async function findApp(run: Run, name: AppName | undefined): Promise<App> {
  return name === undefined ? searchApp(run) : readApp(run, name);
}

async function readApp(run: Run, { namespace, deployment }: AppName): Promise<App> {
  const name = formatAppName({ namespace, deployment });
  try {
    const object = await run.cluster.objects.read(deployments, { namespace, name: deployment });
    if (object !== undefined) return appOf(object);
  } catch (cause) {
    if (!isStatus(cause, 403)) throw cause;
    throw await appForbidden(run, { namespace, what: `${name} cannot be looked at`, cause });
  }
  throw new CatalogError('app-missing', `there is no deployment/${deployment} in namespace ${namespace}`, {
    action: nameAnother,
  });
}

async function searchApp(run: Run): Promise<App> {
  const search = new Search(run.cluster);
  const usual = await search.in(usualNamespace);
  const found = usual.length > 0 ? usual : await search.everywhere();
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return appOf(only);
  if (only !== undefined) {
    const names = found.map(({ namespace, name }) => formatAppName({ namespace, deployment: name })).sort();
    const more = names.length > shownNames ? ', ...' : '';
    throw new CatalogError(
      'app-ambiguous',
      `${names.length} NKVM apps are there: ${names.slice(0, shownNames).join(', ')}${more}`,
      { action: 'Choose one with --catalog app:NAMESPACE/DEPLOYMENT.' },
    );
  }
  const what = `no NKVM app is found: ${search.tried.join('; ')}`;
  if (search.refusal !== undefined) {
    throw await appForbidden(run, { namespace: usualNamespace, what, cause: search.refusal });
  }
  throw new CatalogError('app-missing', what, {
    action: `Name it with --catalog app:NAMESPACE/DEPLOYMENT. ${nameAnother}`,
  });
}

class Search {
  readonly #cluster: Cluster;
  /** What was tried, and what came of it. */
  readonly tried: string[] = [];
  /** Why the usual namespace could not be looked into. */
  refusal: unknown;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async in(namespace: string): Promise<readonly ClusterObject[]> {
    try {
      const found = await this.#cluster.objects.list(deployments, namespace, appLabels);
      this.tried.push(`namespace ${namespace} has no deployment with the labels ${appLabels}`);
      return found;
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      if (namespace === usualNamespace) this.refusal = error;
      this.tried.push(`namespace ${namespace}: ${messageOf(error)}`);
      return [];
    }
  }

  /** In one request where the user may, else in each namespace that they may know of. */
  async everywhere(): Promise<readonly ClusterObject[]> {
    try {
      const found = await this.#cluster.objects.list(deployments, undefined, appLabels);
      this.tried.push('nor has any other');
      return found;
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      this.tried.push(`all namespaces: ${messageOf(error)}`);
    }
    const names = await this.#namespaces();
    const found = await Promise.all(names.map((namespace) => this.in(namespace)));
    return found.flat();
  }

  async #namespaces(): Promise<readonly string[]> {
    try {
      const all = await this.#cluster.objects.list(namespaces);
      return all.map(({ name }) => name).filter((name) => name !== usualNamespace);
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      const { namespace } = this.#cluster.identity;
      return namespace === usualNamespace ? [] : [namespace];
    }
  }
}

function appOf(object: ClusterObject): App {
  const { namespace, name } = object;
  const workload = toWorkload('Deployment', object);
  const containers = workload.template.containers.map((one) => one.name);
  return {
    namespace,
    deployment: name,
    catalog: formatAppName({ namespace, deployment: name }),
    workload,
    container: containers.find((one) => one === usualContainer) ?? containers[0] ?? usualContainer,
  };
}
