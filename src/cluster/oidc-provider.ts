/** client-node's OIDC, with its refresh of tokens. A file of its own, as what it brings along is only loaded for it. */
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** `authProvider` as it stands in the kubeconfig. Undefined where it has no token, and cannot get one. */
export function oidcProvider(user: string, authProvider: unknown): () => Promise<string | undefined> {
  const config = new KubeConfig();
  config.loadFromOptions({
    // Only the user counts: nothing is asked of this cluster.
    clusters: [{ name: user, server: 'https://localhost', skipTLSVerify: false }],
    users: [{ name: user, authProvider }],
    contexts: [{ name: user, cluster: user, user }],
    currentContext: user,
  });
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { Authorization: authorization } = (options.headers ?? {}) as Readonly<Record<string, string>>;
    return authorization;
  };
}
