/**
 * Which cluster, as which user: the merged kubeconfig with the flags on top, as client-node wants it. A name that is
 * not there is answered with the names that are.
 */
import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import type { ConnectFlags } from './connect.ts';
import { ConnectionError } from './connection-error.ts';
import { type KubeconfigDocument, type KubeconfigSource, readKubeconfig } from './kubeconfig-files.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export function loadKubeconfig(source: KubeconfigSource, flags: ConnectFlags): KubeConfig {
  const config = new KubeConfig();
  const document = readKubeconfig(source);
  if (document !== undefined) config.loadFromString(JSON.stringify(withTokenFiles(document)));
  else if (existsSync(serviceAccountToken)) config.loadFromCluster();
  else {
    throw new ConnectionError(
      'no kubeconfig: neither --kubeconfig nor KUBECONFIG is given, and there is no ~/.kube/config',
      'Name one with --kubeconfig FILE or KUBECONFIG.',
    );
  }
  selectContext(config, flags);
  overrideCluster(config, flags);
  return config;
}

/** client-node reads a user's `tokenFile` only under another name; it reads it again when the token was renewed. */
function withTokenFiles(document: KubeconfigDocument): KubeconfigDocument {
  const users = document.users.map((entry) => {
    const user = entry['user'] as Readonly<Record<string, unknown>>;
    const { tokenFile } = user;
    if (typeof tokenFile !== 'string' || tokenFile === '') return entry;
    return { ...entry, user: { ...user, 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } };
  });
  return { ...document, users };
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
