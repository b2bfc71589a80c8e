/**
 * The kubeconfig as kubectl reads it: one file, or all that KUBECONFIG lists, merged so that the first definition of
 * a name wins, with relative paths taken from the file they stand in. Plain data, so that a command that needs only
 * the active namespace loads no Kubernetes client. Every problem names the file, and where its name came from.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { messageOf } from '../domain/message-of.ts';
import { ConnectionError } from './connection-error.ts';

export interface KubeconfigSource {
  /** `--kubeconfig`: only this file, which must be there. */
  readonly kubeconfig?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface NamedEntry {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** The parts of a kubeconfig, in its own spelling. */
export interface KubeconfigDocument {
  readonly clusters: readonly NamedEntry[];
  readonly users: readonly NamedEntry[];
  readonly contexts: readonly NamedEntry[];
  readonly 'current-context': string;
}

/** Undefined when no file is configured and none lies at the usual place. Throws a ConnectionError. */
export function readKubeconfig(source: KubeconfigSource): KubeconfigDocument | undefined {
  const files = kubeconfigFiles(source);
  return files.length === 0 ? undefined : files.map(readFile).reduce(merge);
}

/** Those that there are. Throws a ConnectionError where none of the configured ones is there. */
export function kubeconfigFiles({ kubeconfig, env }: KubeconfigSource): readonly string[] {
  if (kubeconfig !== undefined) {
    if (!existsSync(kubeconfig)) throw notThere(kubeconfig, '--kubeconfig');
    return [kubeconfig];
  }
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  const home = env['HOME'] || env['USERPROFILE'];
  const usual = home === undefined ? [] : [path.join(home, '.kube', 'config')];
  const files = (listed.length > 0 ? listed : usual).filter((file) => existsSync(file));
  if (files.length === 0 && listed.length > 0) throw notThere(listed.join(', '), 'KUBECONFIG');
  return files;
}

/** The namespace of a context; of the current one when none is named. Throws a ConnectionError when there is no such one. */
export function namespaceOf(
  document: KubeconfigDocument | undefined,
  contextName: string | undefined,
): string {
  const name = contextName ?? document?.['current-context'];
  const entry = document?.contexts.find((context) => context.name === name);
  if (entry === undefined && contextName !== undefined)
    throw noContext(contextName, document?.contexts ?? []);
  const namespace = fieldsOf(entry, 'context')['namespace'];
  return typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
}

/** What stands below `kind` in an entry; nothing of one that is not there. */
export function fieldsOf(
  entry: NamedEntry | undefined,
  kind: 'cluster' | 'user' | 'context',
): Readonly<Record<string, unknown>> {
  return asObject(entry?.[kind]) ?? {};
}

/** `name` is empty where none is current. */
export function noContext(name: string, contexts: readonly NamedEntry[]): ConnectionError {
  return new ConnectionError(
    `the kubeconfig has no ${name ? `context "${name}"` : 'current context'}; it has: ${namesOf(contexts)}`,
    'Choose one with --context NAME, or `kubectl config use-context NAME`.',
  );
}

/** For a message. */
export function namesOf(entries: readonly NamedEntry[]): string {
  return entries.map(({ name }) => name).join(', ') || 'none';
}

function notThere(file: string, origin: string): ConnectionError {
  return new ConnectionError(
    `no kubeconfig: ${file} (from ${origin}) is not there`,
    'Name one with --kubeconfig FILE or KUBECONFIG.',
  );
}

function readFile(file: string): KubeconfigDocument {
  try {
    // An empty file, and /dev/null, are kubeconfigs with nothing in them.
    const content = readFileSync(file, 'utf8');
    const parsed = asObject(content.trim() === '' ? {} : load(content));
    if (parsed === undefined) throw new Error('it holds no mapping');
    const folder = path.dirname(path.resolve(file));
    const current = parsed['current-context'];
    return {
      clusters: entries(parsed['clusters'], 'cluster', (name, value) => absolute(folder, name, value)),
      users: entries(parsed['users'], 'user', (name, value) => absolute(folder, name, value)),
      contexts: entries(parsed['contexts'], 'context', (_, value) => value),
      'current-context': typeof current === 'string' ? current : '',
    };
  } catch (error) {
    throw new ConnectionError(
      `${file} is not a kubeconfig: ${error instanceof YAMLException ? mistakeIn(error) : messageOf(error)}`,
      'Mend the file, or name another with --kubeconfig.',
    );
  }
}

/** Nothing of the file is quoted, for it may hold tokens: neither the lines around nor the name in the reason. */
function mistakeIn({ reason, mark }: YAMLException): string {
  const what = reason.replace(/(["<]|: ).*/s, '').replace(/[\s!]+$/, '');
  return mark === undefined ? what : `${what} (line ${mark.line + 1})`;
}

const fileFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

function absolute(folder: string, field: string, value: unknown): unknown {
  if (fileFields.includes(field) && typeof value === 'string' && value !== '')
    return path.resolve(folder, value);
  const exec = field === 'exec' ? asObject(value) : undefined;
  const command = exec?.['command'];
  // A bare name is looked for on PATH; one with a separator is relative to the kubeconfig.
  const isFile = typeof command === 'string' && (command.includes('/') || command.includes(path.sep));
  return isFile ? { ...exec, command: path.resolve(folder, command) } : value;
}

function entries(
  list: unknown,
  kind: string,
  change: (field: string, value: unknown) => unknown,
): NamedEntry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const entry = asObject(item);
    const name = entry?.['name'];
    if (entry === undefined || typeof name !== 'string') return [];
    const fields = Object.entries(asObject(entry[kind]) ?? {}).map(([field, value]) => [
      field,
      change(field, value),
    ]);
    return [{ name, [kind]: Object.fromEntries(fields) as unknown }];
  });
}

function merge(first: KubeconfigDocument, second: KubeconfigDocument): KubeconfigDocument {
  return {
    clusters: union(first.clusters, second.clusters),
    users: union(first.users, second.users),
    contexts: union(first.contexts, second.contexts),
    'current-context': first['current-context'] || second['current-context'],
  };
}

function union(first: readonly NamedEntry[], second: readonly NamedEntry[]): NamedEntry[] {
  return [...first, ...second.filter(({ name }) => !first.some((known) => known.name === name))];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
