/** A user's `auth-provider`, which is OIDC in all that is left of them: client-node's, with its refresh of tokens. */
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { ClusterConfig } from './kubeconfig.ts';

/** The `Authorization` of the next request. */
export type AuthProvider = () => Promise<string | undefined>;

export function authProviderOf({ user, userFields }: ClusterConfig): AuthProvider | undefined {
  const authProvider = userFields['auth-provider'];
  if (authProvider === undefined || authProvider === null) return undefined;
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
