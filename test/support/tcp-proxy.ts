/**
 * A TCP proxy before the API server, for `--server`: forwards bytes untouched, and on request holds a connection that
 * uploads (so that step 4 is really under way for as long as a test needs), cuts connections, or slows them down.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { kubectl } from './cluster.ts';

export interface TcpProxy {
  /** What `--server` takes. */
  readonly server: string;
  /** From now on a connection stops forwarding what the client sends once it has sent this many bytes. */
  holdUploadsAfter(bytes: number): void;
  /** Resolves as soon as a connection is held. */
  readonly held: Promise<void>;
  /** Every connection stops in both directions, new ones too, until `release`. */
  stall(): void;
  /** Ends `holdUploadsAfter`, `stall` and `throttle`. */
  release(): void;
  /** Each connection forwards at most so much of what the client sends. */
  throttle(bytesPerSecond: number): void;
  /** Each number is for one connection: it is destroyed once it has sent so many bytes. */
  cutUploadsAfter(...bytes: readonly number[]): void;
  /** Destroys the connections that are open now; new ones are served. */
  cut(): void;
}

/** The URL of the cluster under test. */
export async function apiServer(): Promise<string> {
  const args = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'];
  return (await kubectl(args)).trim();
}

interface Connection {
  readonly client: Socket;
  readonly upstream: Socket;
  sentBytes: number;
}

/** Listens on loopback until the test has ended. `server` is the API server's URL. */
export async function startTcpProxy(
  test: TestContext,
  server: string,
  loopback: '127.0.0.1' | '127.0.0.2' | '::1' = '127.0.0.1',
): Promise<TcpProxy> {
  const { hostname, port } = new URL(server);
  const connections = new Set<Connection>();
  const isHeld = Promise.withResolvers<void>();
  let holdAfterBytes = Number.POSITIVE_INFINITY;
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  let isStalled = false;
  const cuts: number[] = [];

  const settle = (one: Connection): void => {
    if (one.sentBytes >= holdAfterBytes) {
      one.client.pause();
      isHeld.resolve();
    } else if (isStalled) {
      one.client.pause();
      one.upstream.pause();
    } else {
      one.client.resume();
      one.upstream.resume();
    }
  };
  const serve = (client: Socket): void => {
    const upstream = connect({ host: hostname, port: Number(port) });
    const one: Connection = { client, upstream, sentBytes: 0 };
    connections.add(one);
    forward(upstream, client);
    client.on('data', (chunk: Buffer) => {
      one.sentBytes += chunk.length;
      const [cutAfterBytes = Number.POSITIVE_INFINITY] = cuts;
      if (one.sentBytes >= cutAfterBytes) {
        cuts.shift();
        return drop(connections, one);
      }
      const isFlushed = upstream.write(chunk);
      const delayMs = (chunk.length / bytesPerSecond) * 1000;
      if (isFlushed && delayMs < 1) return settle(one);
      client.pause();
      if (delayMs >= 1) setTimeout(() => settle(one), delayMs);
      else upstream.once('drain', () => settle(one));
    });
    client.on('end', () => upstream.end());
    for (const socket of [client, upstream]) {
      socket.on('error', () => drop(connections, one));
      socket.on('close', () => drop(connections, one));
    }
    settle(one);
  };

  const listener = createServer({ allowHalfOpen: true }, serve).listen(0, loopback);
  await once(listener, 'listening');
  const cut = (): void => {
    for (const one of connections) drop(connections, one);
  };
  test.after(async () => {
    cut();
    listener.close();
    await once(listener, 'close');
  });
  const settleAll = (): void => {
    for (const one of connections) settle(one);
  };
  return {
    server: `https://${loopback === '::1' ? '[::1]' : loopback}:${(listener.address() as AddressInfo).port}`,
    held: isHeld.promise,
    holdUploadsAfter: (bytes) => {
      holdAfterBytes = bytes;
    },
    stall: () => {
      isStalled = true;
      settleAll();
    },
    release: () => {
      holdAfterBytes = Number.POSITIVE_INFINITY;
      bytesPerSecond = Number.POSITIVE_INFINITY;
      isStalled = false;
      settleAll();
    },
    throttle: (bytes) => {
      bytesPerSecond = bytes;
    },
    cutUploadsAfter: (...bytes) => {
      cuts.push(...bytes);
    },
    cut,
  };
}

function forward(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.on('end', () => to.end());
}

function drop(connections: Set<Connection>, one: Connection): void {
  connections.delete(one);
  one.client.destroy();
  one.upstream.destroy();
}
