/**
 * Who a request comes from: what a user of the kubeconfig says, as headers and a client certificate. Files are read for
 * every request, so a token or certificate that was renewed meanwhile is the one that is sent.
 */
import { readFileSync } from 'node:fs';
import { validateHeaderValue } from 'node:http';
import { type AuthProvider, authProviderOf } from './auth-provider.ts';
import { ConnectionError } from './connection-error.ts';
import { type CredentialPlugin, credentialPluginOf, type PluginSurroundings } from './credential-plugin.ts';
import type { PluginCredential } from './exec-credential.ts';
import { type ClusterConfig, type Fields, textOf } from './kubeconfig.ts';
import { pemOf } from './pem.ts';

export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  /** PEM. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** What a plugin gave, where there is one. */
  readonly given?: PluginCredential;
}

export class Credentials {
  readonly #name: string;
  readonly #user: Fields;
  readonly #plugin: CredentialPlugin | undefined;
  readonly #authProvider: AuthProvider | undefined;

  constructor(config: ClusterConfig, surroundings: PluginSurroundings) {
    this.#name = config.user;
    this.#user = config.userFields;
    this.#plugin = credentialPluginOf(config, surroundings);
    this.#authProvider = authProviderOf(config);
  }

  /** Throws a ConnectionError when a credential plugin gives none or a token cannot be sent, or the error of a file that cannot be read. */
  async current(): Promise<Credential> {
    const given = await this.#plugin?.current();
    const cert = given?.clientCertificateData ?? pem(this.#user, 'client-certificate');
    const key = given?.clientKeyData ?? pem(this.#user, 'client-key');
    const authorization =
      (given?.token && `Bearer ${given.token}`) || (await this.#authProvider?.()) || this.#authorization();
    if (authorization !== undefined) this.#checkHeader(authorization, given);
    return {
      headers: { ...(authorization && { Authorization: authorization }) },
      ...(cert && { cert }),
      ...(key && { key }),
      ...(given && { given }),
    };
  }

  /** Forgets what the server does not take. False: the next one would be the same. */
  renew({ given }: Credential): boolean {
    if (given === undefined) return false;
    this.#plugin?.forget(given);
    return true;
  }

  #checkHeader(authorization: string, given: PluginCredential | undefined): void {
    try {
      validateHeaderValue('Authorization', authorization);
    } catch {
      const place = textOf(this.#user, 'tokenFile') ?? 'in the kubeconfig';
      throw new ConnectionError(
        `the token of user "${this.#name}" (${given?.token ? 'of its credential plugin' : place}) cannot be sent: it holds a line break or another character that no header can have`,
        'Give the token on one line, or choose another user with --user.',
      );
    }
  }

  #authorization(): string | undefined {
    const file = textOf(this.#user, 'tokenFile');
    const token = file === undefined ? textOf(this.#user, 'token') : readFileSync(file, 'utf8').trim();
    if (token !== undefined) return `Bearer ${token}`;
    const name = textOf(this.#user, 'username');
    if (name === undefined) return undefined;
    const pair = `${name}:${textOf(this.#user, 'password') ?? ''}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  }
}

/** `NAME-data` in Base64, else the file that `NAME` is. */
function pem(user: Fields, name: string): Buffer | undefined {
  return pemOf({ data: textOf(user, `${name}-data`), file: textOf(user, name) }, name);
}
