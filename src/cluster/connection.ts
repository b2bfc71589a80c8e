/**
 * One authenticated HTTP connection to one API server, shared by the files beside it: adds a timeout to every
 * request, keeps the connection open between requests (client-node makes a new agent for each), follows the
 * server's clock, and turns every failure into an ApiError or a ConnectionError.
 */
import {
  type ApiConstructor,
  type ApiType,
  createConfiguration,
  type KubeConfig,
  type RequestContext,
  ServerConfiguration,
} from '@kubernetes/client-node';
import { toApiError } from './api-error.ts';
import { ApiError, ConnectionError } from './connection-error.ts';

export interface ConnectionOptions {
  /** 0 is no timeout. */
  readonly requestTimeoutSeconds: number;
  /** Called for each request with its method and URL, and again with the outcome. */
  readonly trace?: (line: string) => void;
  readonly now: () => Date;
  /** `--as`, `--as-uid`, `--as-group`. */
  readonly impersonate: Impersonation;
}

export interface Impersonation {
  readonly user?: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

export class ApiConnection {
  readonly config: KubeConfig;
  readonly server: string;
  readonly #options: ConnectionOptions;
  #dispatcher: ReturnType<RequestContext['getDispatcher']>;
  #clockOffsetMs = 0;

  constructor(config: KubeConfig, server: string, options: ConnectionOptions) {
    this.config = config;
    this.server = server;
    this.#options = options;
  }

  client<T extends ApiType>(api: ApiConstructor<T>): T {
    const url = this.server.replace(/\/+$/, '');
    return new api(
      createConfiguration({
        baseServer: new ServerConfiguration(url, {}),
        authMethods: {
          default: {
            getName: () => 'kubeconfig',
            applySecurityAuthentication: (context) => this.#authenticate(context),
          },
        },
        promiseMiddleware: [
          {
            pre: async (context) => {
              const { requestTimeoutSeconds: seconds } = this.#options;
              if (seconds > 0) context.setSignal(AbortSignal.timeout(seconds * 1000));
              this.#options.trace?.(`${context.getHttpMethod()} ${context.getUrl()}`);
              return context;
            },
            post: async (response) => {
              this.#options.trace?.(`${response.httpStatusCode}`);
              this.#followClock(response.headers['date']);
              return response;
            },
          },
        ],
      }),
    );
  }

  now(): Date {
    return new Date(this.#options.now().getTime() + this.#clockOffsetMs);
  }

  /** Makes one request once; its failure is typed. */
  async send<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw toApiError(error, this.server);
    }
  }

  /** Runs a read up to three times when there was no answer or the server was too busy. */
  async read<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.send(request);
      } catch (error) {
        if (attempt === 3 || !isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250 * 4 ** (attempt - 1)));
      }
    }
  }

  /** Like `read`; undefined when the object is not there. */
  async find<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.read(request);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Header lines for `--as…`; a group is a line of its own, since the API server splits no commas. */
  impersonationHeaders(): Record<string, string | string[]> {
    const { user, uid, groups } = this.#options.impersonate;
    return {
      ...(user !== undefined && { 'Impersonate-User': user }),
      ...(uid !== undefined && { 'Impersonate-Uid': uid }),
      ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    };
  }

  trace(line: string): void {
    this.#options.trace?.(line);
  }

  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  async #authenticate(context: RequestContext): Promise<void> {
    await this.config.applySecurityAuthentication(context);
    this.#dispatcher ??= this.#impersonating(context.getDispatcher());
    if (this.#dispatcher !== undefined) context.setDispatcher(this.#dispatcher);
  }

  /** fetch folds repeated headers into one line, so they are added underneath it. */
  #impersonating(dispatcher: ReturnType<RequestContext['getDispatcher']>): typeof dispatcher {
    const added = Object.entries(this.impersonationHeaders());
    if (added.length === 0) return dispatcher;
    return dispatcher?.compose((dispatch) => (options, handler) => {
      const lines = Object.entries((options.headers ?? {}) as Record<string, string>).flat();
      for (const [name, values] of added) for (const value of [values].flat()) lines.push(name, value);
      // undici folds them again on HTTP/2.
      const unfolded = { ...options, headers: lines, allowH2: false };
      return dispatch(unfolded, handler);
    });
  }

  #followClock(date: string | undefined): void {
    const serverMs = Date.parse(date ?? '');
    // The header has whole seconds: a smaller difference is rounding, not a wrong clock.
    const offsetMs = serverMs - this.#options.now().getTime();
    if (!Number.isNaN(serverMs)) this.#clockOffsetMs = Math.abs(offsetMs) < 2000 ? 0 : offsetMs;
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.passing;
  return error instanceof ApiError && (error.status === 429 || error.status >= 500);
}
