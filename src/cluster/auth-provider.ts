/** A user's `auth-provider`, which is OIDC in all that is left of them. */
import type { ClusterConfig } from './kubeconfig.ts';

/** The `Authorization` of the next request. */
export type AuthProvider = () => Promise<string | undefined>;

export function authProviderOf({ user, userFields }: ClusterConfig): AuthProvider | undefined {
  const authProvider = userFields['auth-provider'];
  if (authProvider === undefined || authProvider === null) return undefined;
  let loaded: Promise<AuthProvider> | undefined;
  return async () => {
    loaded ??= import('./oidc-provider.ts').then(({ oidcProvider }) => oidcProvider(user, authProvider));
    return (await loaded)();
  };
}
