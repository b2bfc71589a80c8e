/**
 * A proxy before the API server that ends TLS, so that a test sees each request as the API server does, and can keep it
 * or its answer back. It has a certificate authority of its own. Watches, logs and exec pass through as streams.
 * Who brings a token stays who they are; anybody else is the tests' administrator.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, createServer, request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { type ApiRequest, apiRequest, offeredProtocols } from './api-request.ts';
import { clusterAccess, writeKubeconfig } from './kubeconfig.ts';
import { tempFolder } from './temp-folder.ts';

/** False: the API server never sees it, and nobody answers; 401 is an answer, and so is a body (not to an exec). */
export type Passage = boolean | 401 | string;

export interface ProxyHooks {
  /** Before the API server sees it. */
  readonly onRequest?: (request: ApiRequest) => Passage | Promise<Passage>;
  /** Before the client sees the answer. False: it never does. An exec is answered when it begins. */
  readonly onAnswer?: (request: ApiRequest, answer: IncomingMessage) => boolean;
  /** The only exec protocol that is let through. */
  readonly execProtocol?: string;
  /** Below which the API server is, as Rancher has it: `/k8s/clusters/c-1`. Elsewhere nothing is. */
  readonly pathPrefix?: string;
}

export interface ApiProxy {
  /** Of a context `shop` whose user is the administrator. */
  readonly kubeconfig: string;
  readonly server: string;
  /** The file of the authority that vouches for the proxy. */
  readonly authority: string;
}

interface Upstream {
  readonly hostname: string;
  readonly port: string;
  readonly agent: Agent;
}

export async function startApiProxy(t: TestContext, hooks: ProxyHooks): Promise<ApiProxy> {
  const folder = tempFolder(t);
  const [key, authority] = [join(folder, 'key'), join(folder, 'certificate')];
  const subject = ['-subj', '/CN=proxy', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const args = ['req', '-x509', '-newkey', ...curve, '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...args, '-keyout', key, '-out', authority], { stdio: 'ignore' });
  const upstreams = await connections();
  const upstreamOf = ({ headers }: IncomingMessage): Upstream =>
    headers.authorization === undefined ? upstreams.administrator : upstreams.anybody;

  const { pathPrefix = '' } = hooks;
  const isBelow = (incoming: IncomingMessage): boolean => {
    const isThere = incoming.url?.startsWith(`${pathPrefix}/`) ?? false;
    incoming.url = incoming.url?.slice(pathPrefix.length) ?? '/';
    return isThere;
  };
  const proxy = createServer({ key: readFileSync(key), cert: readFileSync(authority) });
  proxy.on('request', async (incoming, outgoing) => {
    if (!isBelow(incoming)) return void outgoing.writeHead(404).end('nothing is here');
    const { method = 'GET', url = '/' } = incoming;
    const body = await text(incoming).catch(() => undefined);
    if (body === undefined) return;
    const request = apiRequest(method, url, body);
    const passed = await hooks.onRequest?.(request);
    if (passed === 401) return void outgoing.writeHead(401).end();
    if (passed === false) return;
    if (typeof passed === 'string') return void outgoing.writeHead(200).end(passed);
    const onward = forward(upstreamOf(incoming), incoming, {});
    outgoing.on('close', () => onward.destroy());
    onward.on('error', () => outgoing.destroy());
    onward.on('response', (answer) => {
      if (hooks.onAnswer?.(request, answer) === false) return;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.end(body);
  });
  proxy.on('upgrade', (incoming: IncomingMessage, client: Duplex) => {
    if (isBelow(incoming)) passExec({ incoming, client, upstream: upstreamOf(incoming) }, hooks);
    else client.destroy();
  });
  const sockets = new Set<Socket>();
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
    for (const { agent } of Object.values(upstreams)) agent.destroy();
  });
  const server = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}${pathPrefix}`;
  const cluster = { server, 'certificate-authority': authority };
  const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), { cluster, user: {} });
  return { kubeconfig, server, authority };
}

async function connections(): Promise<Readonly<Record<'administrator' | 'anybody', Upstream>>> {
  const { server, authority, certificate, key } = await clusterAccess();
  const { hostname, port } = new URL(server);
  const tls = { keepAlive: true, ca: authority };
  return {
    administrator: { hostname, port, agent: new Agent({ ...tls, cert: certificate, key }) },
    anybody: { hostname, port, agent: new Agent(tls) },
  };
}

function forward(upstream: Upstream, incoming: IncomingMessage, headers: OutgoingHttpHeaders) {
  const { hostname, port } = upstream;
  return secureRequest({
    ...upstream,
    path: incoming.url ?? '/',
    method: incoming.method ?? 'GET',
    headers: { ...incoming.headers, ...headers, host: `${hostname}:${port}` },
  });
}

interface ExecParts {
  readonly incoming: IncomingMessage;
  readonly client: Duplex;
  readonly upstream: Upstream;
}

async function passExec(
  { incoming, client, upstream }: ExecParts,
  { onRequest, onAnswer, execProtocol }: ProxyHooks,
): Promise<void> {
  client.on('error', () => client.destroy());
  const offered = offeredProtocols(incoming.headers);
  const protocol = execProtocol ?? offered.join(', ');
  if (execProtocol !== undefined && !offered.includes(execProtocol)) {
    client.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return;
  }
  const request = apiRequest('GET', incoming.url ?? '/');
  const passed = await onRequest?.(request);
  if (passed === 401) return void client.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
  if (passed === false) return;
  const onward = forward(upstream, incoming, { 'sec-websocket-protocol': protocol });
  onward.on('upgrade', (answer, server, begun) => {
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
    if (onAnswer?.(request, answer) === false) return;
    client.write(head(answer));
    client.write(begun);
    client.pipe(server).pipe(client);
  });
  onward.on('response', (answer) => {
    if (onAnswer?.(request, answer) === false) return;
    client.write(head(answer, ['connection: close']));
    answer.pipe(client);
  });
  onward.on('error', () => client.destroy());
  onward.end();
}

/** `instead` stands for the headers that speak of the connection, where that is not passed on. */
function head(
  { statusCode, statusMessage, rawHeaders }: IncomingMessage,
  instead?: readonly string[],
): string {
  const ofConnection = /^(connection|transfer-encoding)$/i;
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 || (instead && ofConnection.test(name)) ? [] : [`${name}: ${rawHeaders[index + 1]}`],
  );
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${[...lines, ...(instead ?? [])].join('\r\n')}\r\n\r\n`;
}
