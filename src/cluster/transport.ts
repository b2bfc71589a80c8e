/**
 * How everything reaches the API server: requests, watches and exec take the same way, as the same user. Connections are
 * kept for a moment and used again; TLS goes with each request, so a renewed client certificate makes a new one.
 */
import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { setDefaultCACertificates } from 'node:tls';
import { openAgent } from './agent.ts';
import type { Credential, Credentials } from './credentials.ts';
import { type Impersonation, impersonationHeaders } from './impersonation.ts';
import type { Endpoint } from './kubeconfig.ts';
import { machineAuthorities } from './machine-trust.ts';
import { pemOf } from './pem.ts';
import { type Environment, proxyBefore, proxyName } from './proxy.ts';

export interface TransportParts {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly impersonate: Impersonation;
  readonly env: Environment;
  readonly trace: (line: string) => void;
}

/** What Node's requests and `ws` take. */
export interface ServerOptions
  extends Pick<RequestOptions, 'headers' | 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'> {
  readonly agent: Agent;
}

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** A first packet to see whether the other side is still there, after so long without any. */
  readonly keepAliveMs?: number;
}

export class Transport {
  readonly #parts: TransportParts;
  #agent: Agent | undefined;

  constructor(parts: TransportParts) {
    this.#parts = parts;
  }

  /** Resolves with the head of the answer, whatever its status; its body must be read. */
  async request(request: HttpRequest): Promise<IncomingMessage> {
    return this.asUser(
      (options) => send(request, options),
      (answer) => {
        const isRefused = answer.statusCode === 401;
        if (isRefused) answer.resume();
        return isRefused;
      },
    );
  }

  /** Does what needs a user; once more with new credentials where the server refuses those of a plugin. */
  async asUser<T>(
    attempt: (options: ServerOptions) => Promise<T>,
    isRefused: (outcome: T) => boolean,
  ): Promise<T> {
    const { credentials } = this.#parts;
    const credential = await credentials.current();
    const outcome = await attempt(this.#optionsFor(credential));
    if (!isRefused(outcome) || !credentials.renew(credential)) return outcome;
    return attempt(this.#optionsFor(await credentials.current()));
  }

  close(): void {
    this.#agent?.destroy();
  }

  #optionsFor({ headers, cert, key }: Credential): ServerOptions {
    const { endpoint, impersonate } = this.#parts;
    this.#agent ??= this.#openAgent();
    return {
      agent: this.#agent,
      headers: { ...headers, ...impersonationHeaders(impersonate) },
      ...tlsOf(endpoint),
      ...(cert && { cert }),
      ...(key && { key }),
    };
  }

  #openAgent(): Agent {
    const { endpoint, env, trace } = this.#parts;
    if (needsThisMachinesTrust(endpoint)) setDefaultCACertificates(machineAuthorities());
    const proxy = proxyBefore(endpoint, env);
    if (proxy !== undefined) trace(`PROXY ${proxyName(proxy)}`);
    return openAgent({ isPlain: endpoint.server.startsWith('http:'), ...(proxy && { proxy }) });
  }
}

function needsThisMachinesTrust({ server, authorityData, authorityFile, skipTlsVerify }: Endpoint): boolean {
  return !skipTlsVerify && !authorityData && !authorityFile && server.startsWith('https:');
}

function tlsOf({
  authorityData,
  authorityFile,
  tlsServerName,
  skipTlsVerify,
}: Endpoint): Omit<ServerOptions, 'agent'> {
  const name = tlsServerName === undefined ? {} : { servername: tlsServerName };
  if (skipTlsVerify) return { ...name, rejectUnauthorized: false };
  const ca = pemOf({ data: authorityData, file: authorityFile }, 'certificate-authority');
  return { ...name, ...(ca && { ca }) };
}

function send(
  { url, method, headers, body, signal, keepAliveMs }: HttpRequest,
  options: ServerOptions,
): Promise<IncomingMessage> {
  // Node leaves the length of a DELETE's body to its caller.
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const all = {
    ...options,
    method,
    headers: { ...headers, ...length, ...options.headers },
    ...(signal && { signal }),
  };
  const request = url.startsWith('https:') ? requestHttps(url, all) : requestHttp(url, all);
  if (keepAliveMs !== undefined) request.setSocketKeepAlive(true, keepAliveMs);
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body);
  });
}
