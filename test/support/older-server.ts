/**
 * A TLS proxy before the API server that hides protocol v5 from both sides, as servers before Kubernetes 1.30 and many
 * proxies do: over what is left, stdin cannot be ended. It has a certificate authority of its own.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestOptions, request } from 'node:http';
import { createServer, request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { clusterAccess, writeKubeconfig } from './kubeconfig.ts';
import { tempFolder } from './temp-folder.ts';

const older = 'v4.channel.k8s.io';

export interface OlderServer {
  readonly kubeconfig: string;
  /** What each exec was answered with. */
  readonly protocols: readonly string[];
}

export async function startOlderServer(t: TestContext): Promise<OlderServer> {
  const folder = tempFolder(t);
  const [key, cert] = [join(folder, 'key'), join(folder, 'certificate')];
  const subject = ['-subj', '/CN=older', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const { server, authority, certificate, key: clientKey } = await clusterAccess();
  const { hostname, port } = new URL(server);
  const protocols: string[] = [];
  const sockets = new Set<Socket>();

  const upstream = (incoming: IncomingMessage, headers: object): ReturnType<typeof request> => {
    const { authorization: _, ...others } = incoming.headers;
    const options: RequestOptions = {
      hostname,
      port,
      path: incoming.url ?? '/',
      method: incoming.method ?? 'GET',
    };
    const tls = { ca: authority, cert: certificate, key: clientKey };
    return secureRequest({
      ...options,
      ...tls,
      headers: { ...others, ...headers, host: `${hostname}:${port}` },
    });
  };
  const proxy = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
    const onward = upstream(incoming, {});
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  proxy.on('upgrade', (incoming, client, head) => {
    const offered = String(incoming.headers['sec-websocket-protocol']).split(/, */);
    protocols.push(offered.includes(older) ? older : 'none');
    if (!offered.includes(older)) {
      client.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return;
    }
    const onward = upstream(incoming, { 'sec-websocket-protocol': older });
    onward.on('upgrade', (answer, server, begun) => {
      const lines = answer.rawHeaders.flatMap((name, index, all) =>
        index % 2 ? [] : [`${name}: ${all[index + 1]}`],
      );
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      client.write(begun);
      server.write(head);
      client.pipe(server).pipe(client);
      for (const one of [client, server])
        one.on('error', () => [client, server].map((socket) => socket.destroy()));
    });
    onward.on('error', () => client.destroy());
    onward.end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(async () => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const kubeconfig = writeKubeconfig(join(folder, 'kubeconfig'), {
    cluster: { server: address, 'certificate-authority': cert },
    user: {},
  });
  return { kubeconfig, protocols };
}
