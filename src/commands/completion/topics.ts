/**
 * What is asked of the catalogue, the kubeconfig and the cluster while somebody types. Each topic is answered in a
 * process of its own that is killed when it takes too long (ask-in-time.ts), so nothing here need be quick or give up.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import { holderOf } from '../../domain/claim-lock.ts';
import { workloadLevers } from '../../domain/levers.ts';
import { labels, nkvmName } from '../../domain/names.ts';
import { formatAge } from '../../domain/time.ts';
import type { Session } from '../session.ts';
import type { Candidate } from './question.ts';

export const topics = [
  'backups',
  'backed-up-claims',
  'backed-up-namespaces',
  'claims',
  'claims-with-namespace',
  'workloads',
  'namespaces',
  'runs',
  'contexts',
  'clusters',
  'users',
] as const;

export type Topic = (typeof topics)[number];

export interface Asked {
  readonly session: Session;
  /** The value of `--catalog`. */
  readonly catalog: string | undefined;
  /** `-A` is given. */
  readonly everywhere: boolean;
  /** What is typed of the word. */
  readonly begun: string;
}

const newestBackups = 100;

/** Rejects where the answer cannot be had. */
export async function answerTopic(topic: Topic, asked: Asked): Promise<readonly Candidate[]> {
  const { session, begun } = asked;
  switch (topic) {
    case 'backups':
      return backups(asked);
    case 'backed-up-claims':
      return backedUp(asked, ({ pvc }) => pvc);
    case 'backed-up-namespaces':
      return backedUp({ ...asked, everywhere: true }, ({ namespace }) => namespace);
    case 'claims':
      return begun.includes('/') ? claimsIn(session, begun.split('/', 1)[0]) : claimsIn(session);
    case 'claims-with-namespace':
      return claimsIn(session, begun.includes('/') ? begun.split('/', 1)[0] : await session.namespace());
    case 'workloads':
      return workloads(session, begun);
    case 'namespaces':
      return namespaces(session);
    case 'runs':
      return runs(asked);
    default:
      return fromKubeconfig(session, topic);
  }
}

async function backups(asked: Asked): Promise<readonly Candidate[]> {
  const { session, begun } = asked;
  const { namespace } = session.flags;
  const filter = {
    status: 'success',
    limit: newestBackups,
    ...(namespace !== undefined && { namespace }),
  } as const;
  const found = await fromCatalog(asked, (catalog) => catalog.list(filter));
  const now = session.host.clock.now();
  // A bare ID is a name too, for those who begin with it.
  const lead = begun === '' || 'backup/'.startsWith(begun) || begun.startsWith('backup/') ? 'backup/' : '';
  return found.map(({ id, namespace, pvc, createdAt }) => ({
    word: `${lead}${id}`,
    description: `${namespace}/${pvc}, ${formatAge(new Date(createdAt), now)} old`,
  }));
}

type ClaimOf = (claim: { readonly namespace: string; readonly pvc: string }) => string;

async function backedUp(asked: Asked, nameOf: ClaimOf): Promise<readonly Candidate[]> {
  const namespace = asked.everywhere ? {} : { namespace: await asked.session.namespace() };
  const claims = await fromCatalog(asked, (catalog) => catalog.claims({ status: 'success', ...namespace }));
  const names = [...new Set(claims.map(nameOf))];
  return names.map((word) => ({ word, description: 'has backups' }));
}

async function fromCatalog<T>(
  { session, catalog }: Asked,
  read: (catalog: Catalog) => T | Promise<T>,
): Promise<T> {
  const opened = await session.openCatalog(catalog);
  try {
    return await read(opened);
  } finally {
    opened.close();
  }
}

/** As `NAMESPACE/PVC` where a namespace is given. */
async function claimsIn(session: Session, namespace?: string): Promise<readonly Candidate[]> {
  const cluster = await session.cluster();
  const claims = await cluster.claims.list(namespace ?? (await session.namespace()));
  return claims.map(({ name }) => ({
    word: namespace === undefined ? name : `${namespace}/${name}`,
    description: 'PersistentVolumeClaim',
  }));
}

async function workloads(session: Session, begun: string): Promise<readonly Candidate[]> {
  const kinds = workloadLevers
    .map(({ kind }) => kind)
    .filter((kind) => begun === '' || kind.toLowerCase().startsWith(begun.split('/', 1)[0] ?? ''));
  const found = await (await session.cluster()).workloads.list(await session.namespace(), kinds);
  // What another one makes is not what anybody names.
  return found
    .filter(({ object }) => object.metadata.owner === undefined)
    .map(({ kind, name }) => ({ word: `${kind.toLowerCase()}/${name}`, description: kind }));
}

async function namespaces(session: Session): Promise<readonly Candidate[]> {
  const kind = { kind: 'Namespace', apiVersions: ['v1'], plural: 'namespaces' } as const;
  const found = await (await session.cluster()).objects.list(kind);
  return found.map(({ name }) => ({ word: name, description: 'Namespace' }));
}

async function runs({ session, everywhere }: Asked): Promise<readonly Candidate[]> {
  const namespace = everywhere ? undefined : await session.namespace();
  const leases = await (await session.cluster()).leases.list(namespace, `${labels.name}=${nkvmName}`);
  return leases.flatMap((lease) => {
    const { run, operator, host, heldSince } = holderOf(lease);
    const state = heldSince === undefined ? 'locks a claim' : `held since ${heldSince}`;
    return run === undefined ? [] : [{ word: run, description: `${state}, of ${operator} on ${host}` }];
  });
}

async function fromKubeconfig(
  session: Session,
  topic: 'contexts' | 'clusters' | 'users',
): Promise<readonly Candidate[]> {
  const document = await session.kubeconfig();
  return (document?.[topic] ?? []).map(({ name }) => ({ word: name, description: '' }));
}
