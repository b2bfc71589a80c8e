/**
 * A user's `auth-provider`, which is OIDC in all that is left of them: the others are refused, as by kubectl. One that has
 * nothing to give is a failure; a request without a user would be refused for another reason.
 */
import { messageOf } from '../domain/message-of.ts';
import { ConnectionError } from './connection-error.ts';
import { type ClusterConfig, type Fields, textOf } from './kubeconfig.ts';

/** The `Authorization` of the next request. */
export type AuthProvider = () => Promise<string>;

export function authProviderOf({ user, userFields }: ClusterConfig): AuthProvider | undefined {
  const authProvider = userFields['auth-provider'];
  if (authProvider === undefined || authProvider === null) return undefined;
  let loaded: Promise<() => Promise<string | undefined>> | undefined;
  return async () => {
    try {
      checkProvider(authProvider);
      loaded ??= import('./oidc-provider.ts').then(({ oidcProvider }) => oidcProvider(user, authProvider));
      const authorization = await (await loaded)();
      if (authorization !== undefined) return authorization;
      throw new Error('its id-token is missing or has expired, and there is nothing to renew it with');
    } catch (error) {
      const name = textOf(authProvider as Fields, 'name') ?? '';
      throw new ConnectionError(
        `the auth-provider "${name}" of user "${user}" gives no credential: ${reasonOf(error)}`,
        'Log in again, use the exec plugin of your provider instead, or choose another user with --user.',
      );
    }
  };
}

function checkProvider(authProvider: unknown): void {
  const { name, config } = authProvider as Fields;
  if (name !== 'oidc') throw new Error('Kubernetes has no such auth-provider any more, only "oidc"');
  if (typeof config !== 'object' || config === null) throw new Error('it has no config');
}

/** A parser's words quote what they parse: here, tokens. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its id-token is no JSON Web Token';
  const cause = error instanceof Error ? error.cause : undefined;
  const isTold = cause instanceof Error && !(cause instanceof SyntaxError);
  return isTold ? `${messageOf(error)}: ${cause.message}` : messageOf(error);
}
