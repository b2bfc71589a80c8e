/**
 * Which cluster, as which user: the merged kubeconfig with the flags on top of it, as kubectl puts them there. A name that
 * is not in it is answered with the names that are.
 */
import { existsSync, readFileSync } from 'node:fs';
import { accountIn, withoutAccount } from '../domain/server-url.ts';
import type { ConnectFlags } from './connect.ts';
import { ConnectionError } from './connection-error.ts';
import {
  fieldsOf,
  type KubeconfigDocument,
  type KubeconfigSource,
  kubeconfigFiles,
  type NamedEntry,
  namesOf,
  noContext,
  readKubeconfig,
} from './kubeconfig-files.ts';

/** A `cluster` or `user` of a kubeconfig, in its own spelling. */
export type Fields = Readonly<Record<string, unknown>>;

/** The API server, and how to get there. */
export interface Endpoint {
  readonly server: string;
  /** PEM in Base64, or a file of it; without both, whom this machine trusts. */
  readonly authorityData?: string;
  readonly authorityFile?: string;
  readonly tlsServerName?: string;
  readonly skipTlsVerify: boolean;
  readonly proxyUrl?: string;
}

export interface ClusterConfig {
  /** Names, as the kubeconfig has them. */
  readonly context: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
  readonly endpoint: Endpoint;
  readonly userFields: Fields;
  /** The cluster's as they stand there, for credential plugins. */
  readonly clusterFields: Fields;
}

export function loadKubeconfig(source: KubeconfigSource, flags: ConnectFlags): ClusterConfig {
  const document = readKubeconfig(source) ?? inPod(source.env);
  if (document === undefined) {
    throw new ConnectionError(
      'no kubeconfig: neither --kubeconfig nor KUBECONFIG is given, and there is no ~/.kube/config',
      'Name one with --kubeconfig FILE or KUBECONFIG.',
    );
  }
  if (document.contexts.length === 0 && flags.cluster === undefined) {
    throw new ConnectionError(
      `there is no context in the kubeconfig ${kubeconfigFiles(source).join(', ')}`,
      'Name another one with --kubeconfig FILE or KUBECONFIG.',
    );
  }
  const { context, fields } = chosenContext(document, flags);
  const cluster = flags.cluster ?? textOf(fields, 'cluster') ?? '';
  const user = flags.user ?? textOf(fields, 'user') ?? '';
  const clusterFields = chosen('cluster', cluster, document.clusters);
  const userFields = userOf(user === '' ? {} : chosen('user', user, document.users), clusterFields, flags);
  const namespace = textOf(fields, 'namespace');
  const endpoint = endpointOf(clusterFields, flags);
  return { context, cluster, user, ...(namespace && { namespace }), endpoint, userFields, clusterFields };
}

/** A field that is text; undefined too when it is empty. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function chosenContext(
  document: KubeconfigDocument,
  flags: ConnectFlags,
): { readonly context: string; readonly fields: Fields } {
  const name = flags.context ?? document['current-context'];
  const entry = document.contexts.find((context) => context.name === name);
  if (entry === undefined && (flags.context !== undefined || flags.cluster === undefined)) {
    throw noContext(name, document.contexts);
  }
  return { context: name || 'flags', fields: fieldsOf(entry, 'context') };
}

function chosen(kind: 'cluster' | 'user', name: string, entries: readonly NamedEntry[]): Fields {
  const entry = entries.find((one) => one.name === name);
  if (entry !== undefined) return fieldsOf(entry, kind);
  throw new ConnectionError(
    `the kubeconfig has no ${kind} "${name}"; it has: ${namesOf(entries)}`,
    `Choose one with --${kind} NAME, or mend the context.`,
  );
}

/** With the user and password of the server's URL, where the user has none. */
function userOf(fields: Fields, cluster: Fields, flags: ConnectFlags): Fields {
  if (textOf(fields, 'username') !== undefined) return fields;
  return { ...fields, ...accountIn(serverText(cluster, flags)) };
}

function serverText(cluster: Fields, { server }: ConnectFlags): string {
  return server ?? textOf(cluster, 'server') ?? '';
}

function endpointOf(fields: Fields, flags: ConnectFlags): Endpoint {
  const authorityData = textOf(fields, 'certificate-authority-data');
  const authorityFile = textOf(fields, 'certificate-authority');
  const proxyUrl = textOf(fields, 'proxy-url');
  // A name that was meant for the kubeconfig's server says nothing about another one.
  const tlsServerName =
    flags.tlsServerName ?? (flags.server === undefined ? textOf(fields, 'tls-server-name') : undefined);
  const flag = flags.certificateAuthority;
  const authority =
    flag !== undefined
      ? { authorityFile: flag }
      : { ...(authorityData && { authorityData }), ...(authorityFile && { authorityFile }) };
  const skipTlsVerify =
    flags.insecureSkipTlsVerify || (flag === undefined && fields['insecure-skip-tls-verify'] === true);
  const isSecure = skipTlsVerify || Object.keys(authority).length > 0;
  return {
    server: serverUrl(serverText(fields, flags), isSecure),
    ...authority,
    ...(tlsServerName && { tlsServerName }),
    skipTlsVerify,
    ...(proxyUrl && { proxyUrl }),
  };
}

/** Of `HOST:PORT` too, as kubectl takes it; without a user and password. */
function serverUrl(text: string, isSecure: boolean): string {
  const server = withoutAccount(text);
  const url = /^https?:\/\//.test(server) ? server : `${isSecure ? 'https' : 'http'}://${server}`;
  if (URL.canParse(url)) return url;
  throw new ConnectionError(
    // What stands before an @ may be a password that is not escaped.
    `the cluster's server "${server.replace(/^.*@/s, '')}" is no address`,
    'Mend it in the kubeconfig, or name one with --server https://HOST:PORT.',
  );
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The ServiceAccount of the pod that we run in; undefined anywhere else. */
function inPod(env: KubeconfigSource['env']): KubeconfigDocument | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const tokenFile = `${accountFolder}/token`;
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const cluster = {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    'certificate-authority': `${accountFolder}/ca.crt`,
  };
  const namespace = readFileSync(`${accountFolder}/namespace`, 'utf8').trim();
  const name = 'in-cluster';
  return {
    clusters: [{ name, cluster }],
    users: [{ name, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  };
}
