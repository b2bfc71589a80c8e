/** A request to the API server, as a proxy sees it and as RBAC names what it does. */
import type { IncomingHttpHeaders } from 'node:http';

export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of a POST, PUT, PATCH or DELETE; '' otherwise. */
  readonly body: string;
  /** Undefined for what is no resource, such as discovery. */
  readonly access?: ResourceAccess;
}

export interface ResourceAccess {
  readonly verb: string;
  /** '' is the core group. */
  readonly group: string;
  /** `pods`, or `pods/exec` with a subresource. */
  readonly resource: string;
  /** Absent for what is cluster-scoped and for lists over all namespaces. */
  readonly namespace?: string;
  /** Absent for a list and a create. */
  readonly name?: string;
}

export function apiRequest(method: string, url: string, body = ''): ApiRequest {
  const { pathname: path, searchParams: query } = new URL(url, 'https://server');
  const access = accessOf(method, path, query);
  return { method, path, query, body, ...(access && { access }) };
}

/** Changes the cluster, or runs a command in a pod. Reviews and dry runs are questions. */
export function isMutation({ method, query, access }: ApiRequest): boolean {
  if (access === undefined || query.get('dryRun') === 'All') return false;
  return (method !== 'GET' && !isReview(access)) || access.resource === 'pods/exec';
}

/** A question about oneself, which every user may ask. */
export function isReview({ group, resource }: ResourceAccess): boolean {
  return /^auth(entic|oriz)ation\.k8s\.io$/.test(group) && resource.endsWith('reviews');
}

/** `verb resource.group`, as people write permissions. */
export function permissionOf({
  verb,
  group,
  resource,
}: Pick<ResourceAccess, 'verb' | 'group' | 'resource'>): string {
  return `${verb} ${group === '' ? resource : `${resource}.${group}`}`;
}

const pathForm = new RegExp(
  '^(?:/api/v1|/apis/(?<group>[^/]+)/[^/]+)' +
    '(?:/namespaces/(?<namespace>[^/]+)(?=/.))?' +
    '/(?<plural>[^/]+)(?:/(?<name>[^/]+)(?:/(?<subresource>[^/]+))?)?$',
);

function accessOf(method: string, path: string, query: URLSearchParams): ResourceAccess | undefined {
  const found = pathForm.exec(path)?.groups;
  if (found === undefined) return undefined;
  const { group = '', namespace, plural, name, subresource } = found;
  return {
    verb: verbOf(method, {
      isNamed: name !== undefined,
      isWatch: /^(1|true)$/.test(query.get('watch') ?? ''),
    }),
    group,
    resource: subresource === undefined ? `${plural}` : `${plural}/${subresource}`,
    ...(namespace && { namespace }),
    ...(name && { name }),
  };
}

function verbOf(method: string, { isNamed, isWatch }: { isNamed: boolean; isWatch: boolean }): string {
  if (method === 'GET') return isWatch ? 'watch' : isNamed ? 'get' : 'list';
  if (method === 'DELETE') return isNamed ? 'delete' : 'deletecollection';
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase();
}

/** The protocols that a client offers for an upgrade, in its order. */
export function offeredProtocols(headers: IncomingHttpHeaders): readonly string[] {
  return String(headers['sec-websocket-protocol'] ?? '')
    .split(/, */)
    .filter((name) => name !== '');
}
