/**
 * One authenticated HTTP connection to one API server, shared by the files beside it: adds a timeout to every request,
 * follows the server's clock, and turns every failure into an ApiError or a ConnectionError.
 */
import {
  type ApiConstructor,
  type ApiType,
  type RequestContext,
  type ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { toApiError } from './api-error.ts';
import { ApiError, ConnectionError } from './connection-error.ts';
import { answerOver } from './http-library.ts';
import type { Impersonation } from './impersonation.ts';
import type { Transport } from './transport.ts';

export interface ConnectionOptions {
  /** 0 is no timeout. */
  readonly requestTimeoutSeconds: number;
  /** Called for each request with its method and URL, and again with the outcome. */
  readonly trace?: (line: string) => void;
  readonly now: () => Date;
  /** `--as`, `--as-uid`, `--as-group`. */
  readonly impersonate: Impersonation;
  /** Whether stdin is a terminal, for credential plugins. */
  readonly isInteractive: boolean;
  /** Ends a credential plugin that is at work. */
  readonly signal: AbortSignal;
}

export class ApiConnection {
  readonly server: string;
  readonly transport: Transport;
  readonly #options: ConnectionOptions;
  #clockOffsetMs = 0;

  constructor(server: string, transport: Transport, options: ConnectionOptions) {
    this.server = server;
    this.transport = transport;
    this.#options = options;
  }

  client<T extends ApiType>(api: ApiConstructor<T>): T {
    // Not createConfiguration: its defaults bring another HTTP client along.
    return new api({
      baseServer: new ServerConfiguration(this.server, {}),
      httpApi: wrapHttpLibrary({ send: (request) => this.#answerTo(request) }),
      middleware: [],
      authMethods: {},
    });
  }

  async #answerTo(request: RequestContext): Promise<ResponseContext> {
    const { requestTimeoutSeconds: seconds, trace } = this.#options;
    if (seconds > 0) request.setSignal(AbortSignal.timeout(seconds * 1000));
    trace?.(`${request.getHttpMethod()} ${request.getUrl()}`);
    const response = await answerOver(this.transport, request);
    trace?.(`${response.httpStatusCode}`);
    this.#followClock(response.headers['date']);
    return response;
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

  trace(line: string): void {
    this.#options.trace?.(line);
  }

  async close(): Promise<void> {
    this.transport.close();
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
