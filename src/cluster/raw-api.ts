/** Requests for JSON that client-node has no types of, over the same connection: authenticated, timed and traced. */
import { ApiException, type Configuration, HttpMethod } from '@kubernetes/client-node';

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the server's root: `/apis/apps/v1/...`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON; of a PATCH, as a merge patch. */
  readonly body?: unknown;
}

export class RawApi {
  readonly #config: Configuration;

  constructor(config: Configuration) {
    this.#config = config;
  }

  /** The answer's body, parsed. Throws an ApiException as client-node's own APIs do. */
  async request({ method, path, query = {}, body }: RawRequest): Promise<unknown> {
    const { baseServer, middleware, httpApi } = this.#config;
    let context = baseServer.makeRequestContext(path, HttpMethod[method]);
    context.setHeaderParam('Accept', 'application/json');
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) context.setQueryParam(name, value);
    }
    if (body !== undefined) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      context.setHeaderParam('Content-Type', type);
      context.setBody(JSON.stringify(body));
    }
    for (const one of middleware) context = await one.pre(context).toPromise();
    let response = await httpApi.send(context).toPromise();
    for (const one of middleware.toReversed()) response = await one.post(response).toPromise();
    const text = await response.body.text();
    if (response.httpStatusCode >= 300)
      throw new ApiException(response.httpStatusCode, 'not done', text, response.headers);
    return JSON.parse(text);
  }
}
