/**
 * Which cluster, as which user: the kubeconfig files as kubectl merges them (the first definition of a name wins),
 * with the flags on top. Every problem names the file or the name, and what exists instead.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { ConnectFlags } from './connect.ts';
import { ConnectionError } from './connection-error.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export interface KubeconfigSource {
  /** `--kubeconfig`: only this file, which must be there. */
  readonly kubeconfig?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function loadKubeconfig(source: KubeconfigSource, flags: ConnectFlags): KubeConfig {
  const config = mergeFiles(source);
  selectContext(config, flags);
  overrideCluster(config, flags);
  return config;
}

function mergeFiles({ kubeconfig, env }: KubeconfigSource): KubeConfig {
  if (kubeconfig !== undefined) {
    if (!existsSync(kubeconfig)) throw notThere(kubeconfig, '--kubeconfig');
    return loadFile(kubeconfig);
  }
  const home = env['HOME'] ?? env['USERPROFILE'];
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  const candidates =
    listed.length > 0 ? listed : home === undefined ? [] : [path.join(home, '.kube', 'config')];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length === 0 && listed.length === 0 && existsSync(serviceAccountToken)) return inCluster();
  if (files.length === 0)
    throw notThere(candidates.join(', ') || '~/.kube/config', listed.length > 0 ? 'KUBECONFIG' : 'HOME');
  return files.map(loadFile).reduce(merge);
}

function notThere(file: string, origin: string): ConnectionError {
  return new ConnectionError(
    `no kubeconfig: ${file} (from ${origin}) is not there`,
    'Name one with --kubeconfig FILE or KUBECONFIG.',
  );
}

function loadFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(readFileSync(file, 'utf8'));
    config.makePathsAbsolute(path.dirname(path.resolve(file)));
  } catch (error) {
    throw new ConnectionError(
      `${file} is not a kubeconfig: ${error instanceof Error ? error.message : String(error)}`,
      'Mend the file, or name another with --kubeconfig.',
      { cause: error },
    );
  }
  return config;
}

function inCluster(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function merge(first: KubeConfig, second: KubeConfig): KubeConfig {
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: union(first.clusters, second.clusters),
    users: union(first.users, second.users),
    contexts: union(first.contexts, second.contexts),
    currentContext: first.currentContext || second.currentContext,
  });
  return merged;
}

function union<T extends { readonly name: string }>(first: readonly T[], second: readonly T[]): T[] {
  return [...first, ...second.filter(({ name }) => !first.some((known) => known.name === name))];
}

function selectContext(config: KubeConfig, flags: ConnectFlags): void {
  const name = flags.context ?? config.currentContext;
  const known = config.contexts.find((context) => context.name === name);
  if (known === undefined && (flags.context !== undefined || flags.cluster === undefined)) {
    const names = config.contexts.map((context) => context.name).join(', ') || 'none';
    throw new ConnectionError(
      name
        ? `the kubeconfig has no context "${name}"; it has: ${names}`
        : `the kubeconfig has no current context; it has: ${names}`,
      'Choose one with --context NAME, or `kubectl config use-context NAME`.',
    );
  }
  const cluster = flags.cluster ?? known?.cluster ?? '';
  const user = flags.user ?? known?.user ?? '';
  mustHave('cluster', cluster, config.clusters);
  if (user !== '') mustHave('user', user, config.users);
  const chosen = { ...known, name: name || 'flags', cluster, user };
  config.contexts = [...config.contexts.filter((context) => context !== known), chosen];
  // Without a user client-node would leave out the cluster's CA too.
  if (user === '') config.users = [...config.users, { name: '' }];
  config.setCurrentContext(chosen.name);
}

function mustHave(kind: string, name: string, list: readonly { readonly name: string }[]): void {
  if (list.some((entry) => entry.name === name)) return;
  const names = list.map((entry) => entry.name).join(', ') || 'none';
  throw new ConnectionError(
    `the kubeconfig has no ${kind} "${name}"; it has: ${names}`,
    `Choose one with --${kind} NAME, or mend the context.`,
  );
}

function overrideCluster(config: KubeConfig, flags: ConnectFlags): void {
  const current = config.getCurrentCluster();
  if (current === null) return;
  const server = flags.server ?? current.server;
  const { caData, caFile, ...rest } = current;
  const authority =
    flags.certificateAuthority !== undefined
      ? { caFile: flags.certificateAuthority }
      : { ...(caData && { caData }), ...(caFile && { caFile }) };
  const replaced = {
    ...rest,
    // With verification off, a CA beside it would be refused by kubectl; TLS must not look at it.
    ...(flags.insecureSkipTlsVerify ? {} : authority),
    server,
    // client-node refuses plain http unless verification is off; there is nothing to verify on it.
    skipTLSVerify: flags.insecureSkipTlsVerify || current.skipTLSVerify || server.startsWith('http:'),
    ...(flags.tlsServerName !== undefined && { tlsServerName: flags.tlsServerName }),
  };
  config.clusters = config.clusters.map((cluster) => (cluster.name === current.name ? replaced : cluster));
}
