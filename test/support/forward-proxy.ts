/**
 * Proxies as companies have them before the way out: HTTP's CONNECT, with TLS or without, and SOCKS 5. Wherever somebody
 * wants to go, they lead to the API server of the tests: names that only they know show that everything goes through them.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { apiServer } from './tcp-proxy.ts';
import { tempFolder } from './temp-folder.ts';

export interface ForwardProxy {
  /** As `proxy-url` takes it, with the user and the password. */
  readonly url: string;
  /** Where somebody wanted to go, as they said it: `HOST:PORT`. */
  readonly targets: readonly string[];
}

export interface ForwardOptions {
  /** Nobody else may use it. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Of the answer, where nobody is let through. */
  readonly refusal?: number;
}

export async function startHttpProxy(t: TestContext, options: ForwardOptions = {}): Promise<ForwardProxy> {
  return serveConnect(t, options, { scheme: 'http', server: createHttpServer() });
}

/** `authority`: the file of whoever vouches for it. */
export async function startHttpsProxy(
  t: TestContext,
  options: ForwardOptions = {},
): Promise<ForwardProxy & { readonly authority: string }> {
  const folder = tempFolder(t);
  const [key, authority] = [join(folder, 'key'), join(folder, 'certificate')];
  const curve = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const subject = ['-subj', '/CN=forward', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', ...curve, '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...args, '-keyout', key, '-out', authority], { stdio: 'ignore' });
  const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(authority) });
  return { ...(await serveConnect(t, options, { scheme: 'https', server })), authority };
}

async function serveConnect(
  t: TestContext,
  { login, refusal }: ForwardOptions,
  { scheme, server }: { readonly scheme: string; readonly server: Server },
): Promise<ForwardProxy> {
  const targets: string[] = [];
  const expected = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  server.on('connect', async ({ url = '', headers }: IncomingMessage, client: Socket) => {
    client.on('error', () => client.destroy());
    if (headers['proxy-authorization'] !== expected) {
      return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    }
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    targets.push(url);
    const upstream = await reach(t);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    couple(client, upstream);
  });
  return { url: await listen(t, server, { scheme, ...(login && { login }) }), targets };
}

export async function startSocksProxy(t: TestContext, { login }: ForwardOptions = {}): Promise<ForwardProxy> {
  const targets: string[] = [];
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    answerSocks(t, client, { targets, ...(login && { login }) }).catch(() => client.destroy());
  });
  return { url: await listen(t, server, { scheme: 'socks5', ...(login && { login }) }), targets };
}

/** RFC 1928 and RFC 1929, from the other side. */
async function answerSocks(
  t: TestContext,
  client: Socket,
  { targets, login }: ForwardOptions & { readonly targets: string[] },
): Promise<void> {
  const [, count = 0] = await take(client, 2);
  const offered = await take(client, count);
  const wanted = login === undefined ? 0 : 2;
  client.write(Buffer.from([5, offered.includes(wanted) ? wanted : 0xff]));
  if (login !== undefined) {
    const [, userSize = 0] = await take(client, 2);
    const user = (await take(client, userSize)).toString();
    const [passwordSize = 0] = await take(client, 1);
    const password = (await take(client, passwordSize)).toString();
    const isKnown = user === login.user && password === login.password;
    client.write(Buffer.from([1, isKnown ? 0 : 1]));
    if (!isKnown) return void client.end();
  }
  const [, , , kind] = await take(client, 4);
  const host = await hostOf(client, kind);
  const port = (await take(client, 2)).readUInt16BE();
  targets.push(`${host}:${port}`);
  const upstream = await reach(t);
  client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
  couple(client, upstream);
}

async function hostOf(client: Socket, kind: number | undefined): Promise<string> {
  if (kind === 1) return (await take(client, 4)).join('.');
  if (kind === 4) {
    const bytes = await take(client, 16);
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
    return `[${groups.join(':')}]`;
  }
  const [sizeBytes = 0] = await take(client, 1);
  return (await take(client, sizeBytes)).toString();
}

async function take(socket: Socket, sizeBytes: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(sizeBytes);
    if (bytes !== null) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error('ended');
    await once(socket, 'readable');
  }
}

async function reach(t: TestContext): Promise<Socket> {
  const { hostname, port } = new URL(await apiServer());
  const upstream = connect({ host: hostname, port: Number(port) });
  t.after(() => upstream.destroy());
  await once(upstream, 'connect');
  return upstream;
}

function couple(client: Socket, upstream: Socket): void {
  upstream.on('error', () => client.destroy());
  upstream.on('close', () => client.destroy());
  client.on('close', () => upstream.destroy());
  client.pipe(upstream).pipe(client);
}

interface Listening {
  readonly scheme: string;
  readonly login?: ForwardOptions['login'];
}

async function listen(t: TestContext, server: Server, { scheme, login }: Listening): Promise<string> {
  const clients = new Set<Socket>();
  server.on('connection', (client: Socket) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const client of clients) client.destroy();
  });
  const user =
    login === undefined ? '' : `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
  return `${scheme}://${user}127.0.0.1:${(server.address() as AddressInfo).port}`;
}
