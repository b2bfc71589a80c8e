/** The ExecCredential that a credential plugin is told of in KUBERNETES_EXEC_INFO, and the one that it prints. */
import { type ClusterConfig, type Fields, textOf } from './kubeconfig.ts';
import { pemInFile } from './pem.ts';

/** An ExecCredential's `status`. */
export interface PluginCredential {
  readonly token?: string;
  /** PEM. */
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

interface Told {
  /** The user's `exec`. */
  readonly exec: Fields;
  readonly config: ClusterConfig;
  readonly isInteractive: boolean;
}

/** What a plugin is told, as in client.authentication.k8s.io/v1. */
export function execInfo({ exec, config, isInteractive }: Told): object {
  const apiVersion = textOf(exec, 'apiVersion');
  const cluster = exec['provideClusterInfo'] === true ? { cluster: clusterInfo(config) } : {};
  return { kind: 'ExecCredential', apiVersion, spec: { ...cluster, interactive: isInteractive } };
}

const extensionName = 'client.authentication.k8s.io/exec';

function clusterInfo({ endpoint, clusterFields }: ClusterConfig): object {
  const { server, tlsServerName, skipTlsVerify, authorityData, authorityFile, proxyUrl } = endpoint;
  const authority =
    authorityData ?? (authorityFile && pemInFile(authorityFile, 'certificate-authority').toString('base64'));
  const extensions = Array.isArray(clusterFields['extensions']) ? clusterFields['extensions'] : [];
  const config: unknown = extensions.find(({ name }: Fields) => name === extensionName)?.extension;
  return {
    server,
    ...(tlsServerName && { 'tls-server-name': tlsServerName }),
    ...(skipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(authority && { 'certificate-authority-data': authority }),
    ...(proxyUrl && { 'proxy-url': proxyUrl }),
    ...(config !== undefined && { config }),
  };
}

/** Throws when there is no such credential in it; what was printed is never quoted, since it may hold a token. */
export function credentialIn(printed: string, expected: string | undefined): PluginCredential {
  const { kind, apiVersion, status } = parse(printed);
  if (kind !== 'ExecCredential' || apiVersion !== expected) {
    throw new Error(`it printed no ExecCredential of ${expected}`);
  }
  const fields: Fields = typeof status === 'object' && status !== null ? (status as Fields) : {};
  const given = ['token', 'clientCertificateData', 'clientKeyData', 'expirationTimestamp'].flatMap((name) => {
    const value = textOf(fields, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const credential: PluginCredential = Object.fromEntries(given);
  const { token, clientCertificateData: cert, clientKeyData: key } = credential;
  if ((cert === undefined) !== (key === undefined)) throw new Error('it gave a certificate or a key alone');
  if (token === undefined && cert === undefined) throw new Error('it gave no token and no certificate');
  return credential;
}

function parse(printed: string): Fields {
  try {
    return (JSON.parse(printed) ?? {}) as Fields;
  } catch {
    throw new Error('what it printed is no JSON');
  }
}
