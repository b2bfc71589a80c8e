/** What keeps connections to one server, direct ones or through a proxy, and uses them again. */
import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { openTunnel, type TunnelTarget } from './tunnel.ts';

/** Below the times after which servers and load balancers close what is idle. */
const idleMs = 4_000;
const options = { keepAlive: true, timeout: idleMs };

/** `isPlain`: without TLS. */
export function openAgent({
  isPlain,
  proxy,
}: {
  readonly isPlain: boolean;
  readonly proxy?: URL;
}): HttpAgent {
  if (proxy !== undefined) return isPlain ? new TunnelledHttpAgent(proxy) : new TunnelledHttpsAgent(proxy);
  return isPlain ? new HttpAgent(options) : new HttpsAgent(options);
}

type Created = (error: Error | null, socket: Duplex) => void;

class TunnelledHttpAgent extends HttpAgent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(wanted: ClientRequestArgs, created?: Created): undefined {
    openTunnel(this.#proxy, targetOf(wanted)).then(
      (socket) => created?.(null, socket),
      created as (error: Error) => void,
    );
  }
}

class TunnelledHttpsAgent extends HttpsAgent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(wanted: RequestOptions, created?: Created): undefined {
    openTunnel(this.#proxy, targetOf(wanted)).then(
      (socket) => created?.(null, super.createConnection({ ...wanted, socket } as RequestOptions) as Duplex),
      created as (error: Error) => void,
    );
  }
}

function targetOf({ host, port, ca, rejectUnauthorized }: RequestOptions): TunnelTarget {
  const authority = typeof ca === 'string' || Buffer.isBuffer(ca) ? { authority: ca } : {};
  return { host: host ?? '', port: Number(port), ...authority, isUnverified: rejectUnauthorized === false };
}
