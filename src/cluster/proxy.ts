/** Which proxy stands before an API server: the kubeconfig's `proxy-url`, else the environment's, by kubectl's rules. */
import { BlockList, isIP } from 'node:net';
import { ConnectionError } from './connection-error.ts';
import type { Endpoint } from './kubeconfig.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:'];

/** Undefined: the server is reached directly. Throws a ConnectionError for a proxy of a kind that there is not. */
export function proxyBefore({ server, proxyUrl }: Endpoint, env: Environment): URL | undefined {
  if (proxyUrl !== undefined) return parse(proxyUrl, 'proxy-url in the kubeconfig');
  const { protocol, hostname, port } = new URL(server);
  const name = protocol === 'http:' ? 'HTTP_PROXY' : 'HTTPS_PROXY';
  const value = either(env, name);
  if (value === '') return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  const target = { host, port: port || (protocol === 'http:' ? '80' : '443') };
  if (isLoopback(host) || isExcepted(either(env, 'NO_PROXY'), target)) return undefined;
  return parse(/^[a-z0-9]+:\/\//i.test(value) ? value : `http://${value}`, name);
}

/** Without its password. */
export function proxyName({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function either(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

function parse(text: string, origin: string): URL {
  const url = URL.parse(text);
  if (url !== null && url.hostname !== '' && schemes.includes(url.protocol)) return url;
  throw new ConnectionError(
    `${origin} is no proxy that can be used: ${url === null ? 'it is no URL' : proxyName(url)}`,
    'Name one as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.',
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

interface Target {
  readonly host: string;
  readonly port: string;
}

/**
 * `example.com` stands for itself and what is below it, `.example.com` and `*.example.com` only for what is below it;
 * addresses may be networks (10.0.0.0/8); `:PORT` narrows; `*` is everything.
 */
function isExcepted(noProxy: string, target: Target): boolean {
  const entries = noProxy.toLowerCase().split(',');
  return entries.some((entry) => entry.trim() !== '' && covers(entry.trim(), target));
}

function covers(entry: string, { host, port }: Target): boolean {
  if (entry === '*') return true;
  const network = /^(.+)\/(\d+)$/.exec(entry);
  if (network !== null) return isWithin(host, network[1] ?? '', Number(network[2]));
  const [, name = '', only] = /^(\[.+\]|[^:]+|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  if (isIP(host) !== 0) return domain === host;
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isWithin(host: string, network: string, bits: number): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const version = family === 'ipv6' ? 6 : 4;
  if (isIP(host) !== version || isIP(network) !== version || bits > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}
