/** A connection to a server through a proxy that does not look into it: HTTP's CONNECT, or SOCKS 5. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, isIP, isIPv6, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { messageOf } from '../domain/message-of.ts';
import { ConnectionError } from './connection-error.ts';
import { machineAuthorities } from './machine-trust.ts';
import { proxyName } from './proxy.ts';
import { greetSocks } from './socks.ts';

export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  /** PEM: the server's authority, which may vouch for a proxy too. */
  readonly authority?: string | Buffer;
  /** The server's certificate is not looked at; nor is that of a proxy. */
  readonly isUnverified?: boolean;
}

const timeoutMs = 30_000;

/** Rejects with a ConnectionError that names the proxy, and never its password. */
export async function openTunnel(proxy: URL, target: TunnelTarget): Promise<Socket> {
  try {
    return await (proxy.protocol.startsWith('socks')
      ? throughSocks(proxy, target)
      : throughHttp(proxy, target));
  } catch (cause) {
    throw new ConnectionError(
      `the proxy ${proxyName(proxy)} does not lead to ${authorityOf(target)}: ${messageOf(cause)}`,
      'Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY.',
      { cause, passing: true },
    );
  }
}

function throughHttp(proxy: URL, target: TunnelTarget): Promise<Socket> {
  const path = authorityOf(target);
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = user === ':' ? {} : { 'Proxy-Authorization': `Basic ${base64(user)}` };
  const options = {
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path,
    headers: { Host: path, ...authorization },
    agent: false,
    timeout: timeoutMs,
  };
  const isSecure = proxy.protocol === 'https:';
  const request = isSecure ? requestHttps({ ...options, ...tlsOf(proxy, target) }) : requestHttp(options);
  return new Promise((resolve, reject) => {
    request.on('connect', ({ statusCode, statusMessage }, socket: Socket, head) => {
      if (statusCode === 200) {
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(new Error(`it answers ${statusCode} ${statusMessage}`));
    });
    request.on('response', ({ statusCode, statusMessage }) => {
      request.destroy();
      reject(new Error(`it answers ${statusCode} ${statusMessage}`));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end();
  });
}

function tlsOf(proxy: URL, { authority, isUnverified }: TunnelTarget): ConnectionOptions {
  return {
    // Else Node would take the name of the server from the Host.
    servername: isIP(hostOf(proxy)) === 0 ? hostOf(proxy) : '',
    ca: [...machineAuthorities(), ...(authority === undefined ? [] : [authority.toString()])],
    rejectUnauthorized: !isUnverified,
  };
}

async function throughSocks(proxy: URL, target: TunnelTarget): Promise<Socket> {
  const socket = connect({ host: hostOf(proxy), port: portOf(proxy) });
  // Waited for below, whatever happens when.
  const failed = new Promise<never>((_, reject) => {
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('it closed the connection')));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
  });
  try {
    await Promise.race([failed, greetSocks(socket, proxy, target)]);
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function portOf({ protocol, port }: URL): number {
  return port === '' ? (usualPorts[protocol] ?? 1080) : Number(port);
}

function authorityOf({ host, port }: TunnelTarget): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
