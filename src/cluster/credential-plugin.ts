/**
 * A user's `exec`: a program that prints an ExecCredential. It is run once however many requests wait for it, and again
 * when what it gave has expired or the server refuses it. It speaks to the operator through stderr, and through stdin
 * where that is a terminal; what it prints is never shown. A signal ends it; what is put in order afterwards runs it anew.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { messageOf } from '../domain/message-of.ts';
import { ConnectionError } from './connection-error.ts';
import { credentialIn, execInfo, type PluginCredential } from './exec-credential.ts';
import { type ClusterConfig, type Fields, textOf } from './kubeconfig.ts';

export interface PluginSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdin is a terminal. */
  readonly isInteractive: boolean;
  readonly now: () => Date;
  /** Ends a plugin that runs when it comes, with its reason for a failure; not one that is run later. */
  readonly signal: AbortSignal;
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
    const asked = run(plugin);
    running = asked;
    // What failed once may go well for a later request.
    const drop = (): void => {
      if (running === asked) running = undefined;
    };
    surroundings.signal.addEventListener('abort', drop, { once: true });
    try {
      last = await asked;
      return last;
    } catch (error) {
      drop();
      throw error;
    } finally {
      surroundings.signal.removeEventListener('abort', drop);
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
  const info = JSON.stringify(execInfo({ exec, config: plugin.config, isInteractive }));
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const signal = surroundings.signal.aborted ? undefined : surroundings.signal;
  const child = spawn(textOf(exec, 'command') ?? '', args, {
    stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...surroundings.env, ...variables(exec), KUBERNETES_EXEC_INFO: info },
    ...(signal && { signal }),
  });
  try {
    const [printed] = await Promise.all([text(child.stdout), ended(child)]);
    return credentialIn(printed, textOf(exec, 'apiVersion'));
  } catch (cause) {
    signal?.throwIfAborted();
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
