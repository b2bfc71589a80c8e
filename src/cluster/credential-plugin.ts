/**
 * A user's `exec`: a program that prints an ExecCredential. It is run once however many requests wait for it, and again
 * when what it gave has expired or the server refuses it. It speaks to the operator through stderr, and through stdin
 * where that is a terminal; what it prints is never shown.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { messageOf } from '../domain/message-of.ts';
import { ConnectionError } from './connection-error.ts';
import { type ClusterConfig, type Fields, textOf } from './kubeconfig.ts';

export interface PluginSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdin is a terminal. */
  readonly isInteractive: boolean;
  readonly now: () => Date;
}

/** An ExecCredential's `status`. */
export interface PluginCredential {
  readonly token?: string;
  /** PEM. */
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

export interface CredentialPlugin {
  current(): Promise<PluginCredential>;
  /** The next `current` asks again, unless that has been done since this one was given. */
  forget(refused: PluginCredential): void;
}

export function credentialPluginOf(
  config: ClusterConfig,
  surroundings: PluginSurroundings,
): CredentialPlugin | undefined {
  const exec = config.userFields['exec'];
  if (typeof exec !== 'object' || exec === null) return undefined;
  const plugin: Plugin = { exec: exec as Fields, config, surroundings };
  let running: Promise<PluginCredential> | undefined;
  let last: PluginCredential | undefined;
  const ask = async (): Promise<PluginCredential> => {
    running = run(plugin);
    try {
      last = await running;
      return last;
    } catch (error) {
      // What failed once may go well for a later request.
      running = undefined;
      throw error;
    }
  };
  return {
    async current() {
      const asked = running;
      if (asked === undefined) return ask();
      const credential = await asked;
      if (!hasExpired(credential, surroundings.now())) return credential;
      return running === asked ? ask() : (running ?? ask());
    },
    forget(refused) {
      if (refused !== last) return;
      [running, last] = [undefined, undefined];
    },
  };
}

function hasExpired({ expirationTimestamp }: PluginCredential, now: Date): boolean {
  // Without one, or with one that is no time, it holds.
  return Date.parse(expirationTimestamp ?? '') <= now.getTime();
}

interface Plugin {
  readonly exec: Fields;
  readonly config: ClusterConfig;
  readonly surroundings: PluginSurroundings;
}

async function run(plugin: Plugin): Promise<PluginCredential> {
  const { exec, surroundings } = plugin;
  const isInteractive = mayAsk(plugin);
  const info = JSON.stringify(execInfo(plugin, isInteractive));
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const child = spawn(textOf(exec, 'command') ?? '', args, {
    stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...surroundings.env, ...variables(exec), KUBERNETES_EXEC_INFO: info },
  });
  try {
    const [printed] = await Promise.all([text(child.stdout), ended(child)]);
    return credentialIn(plugin, printed);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const action = isMissing ? textOf(exec, 'installHint') : undefined;
    throw failure(plugin, { what: isMissing ? 'it is not there' : messageOf(cause), action, cause });
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else
        reject(new Error(status === null ? `it was ended by ${signal}` : `it ended with status ${status}`));
    });
  });
}

/** Throws when the plugin must be able to ask, and cannot. */
function mayAsk(plugin: Plugin): boolean {
  const mode = textOf(plugin.exec, 'interactiveMode') ?? 'IfAvailable';
  const { isInteractive } = plugin.surroundings;
  if (mode === 'Always' && !isInteractive) {
    throw failure(plugin, {
      what: 'it must be able to ask (interactiveMode Always), and stdin is no terminal',
      action: 'Run this where stdin is one, or choose another user with --user.',
    });
  }
  return mode !== 'Never' && isInteractive;
}

function variables({ env }: Fields): Record<string, string> {
  const list: readonly unknown[] = Array.isArray(env) ? env : [];
  return Object.fromEntries(
    list.map((entry) => {
      const { name, value } = entry as Fields;
      return [String(name), String(value ?? '')];
    }),
  );
}

/** What a plugin is told, as in client.authentication.k8s.io/v1. */
function execInfo({ exec, config }: Plugin, interactive: boolean): object {
  const apiVersion = textOf(exec, 'apiVersion');
  const cluster = exec['provideClusterInfo'] === true ? { cluster: clusterInfo(config) } : {};
  return { kind: 'ExecCredential', apiVersion, spec: { ...cluster, interactive } };
}

const extensionName = 'client.authentication.k8s.io/exec';

function clusterInfo({ endpoint, clusterFields }: ClusterConfig): object {
  const { server, tlsServerName, skipTlsVerify, authorityData, proxyUrl } = endpoint;
  const extensions = Array.isArray(clusterFields['extensions']) ? clusterFields['extensions'] : [];
  const config: unknown = extensions.find(({ name }: Fields) => name === extensionName)?.extension;
  return {
    server,
    ...(tlsServerName && { 'tls-server-name': tlsServerName }),
    ...(skipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(authorityData && { 'certificate-authority-data': authorityData }),
    ...(proxyUrl && { 'proxy-url': proxyUrl }),
    ...(config !== undefined && { config }),
  };
}

function credentialIn({ exec }: Plugin, printed: string): PluginCredential {
  const { kind, apiVersion, status } = parse(printed);
  const expected = textOf(exec, 'apiVersion');
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

/** What does not parse is not quoted: it may hold a token. */
function parse(printed: string): Fields {
  try {
    return (JSON.parse(printed) ?? {}) as Fields;
  } catch {
    throw new Error('what it printed is no JSON');
  }
}

interface Failure {
  readonly what: string;
  readonly action?: string | undefined;
  readonly cause?: unknown;
}

function failure({ exec, config }: Plugin, { what, action, cause }: Failure): ConnectionError {
  const command = textOf(exec, 'command') ?? '';
  return new ConnectionError(
    `the credential plugin "${command}" of user "${config.user}" gave no credential: ${what}`,
    action ?? `Run ${command} by hand to see why, or choose another user with --user.`,
    { cause },
  );
}
