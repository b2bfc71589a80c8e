/** What a client says to a SOCKS 5 proxy before the connection is its own (RFC 1928, RFC 1929). The proxy looks up names. */
import { once } from 'node:events';
import { isIPv4, isIPv6, type Socket } from 'node:net';

const version = 5;
const method = { none: 0, password: 2 } as const;
const address = { ipv4: 1, name: 3, ipv6: 4 } as const;
const connectCommand = 1;

/** Rejects with the proxy's refusal. Reads nothing that comes after its answer. */
export async function greetSocks(
  socket: Socket,
  { username, password }: URL,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const methods = username === '' ? [method.none] : [method.none, method.password];
  socket.write(Buffer.from([version, methods.length, ...methods]));
  const [, chosen] = await take(socket, 2);
  if (chosen === method.password) {
    const words = [username, password].map((word) => Buffer.from(decodeURIComponent(word)));
    socket.write(Buffer.concat([Buffer.from([1]), ...words.flatMap((word) => [lengthOf(word), word])]));
    const [, refused] = await take(socket, 2);
    if (refused !== 0) throw new Error('it does not accept the user and password');
  } else if (chosen !== method.none) {
    throw new Error('it wants another way to log in than the URL has');
  }
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  socket.write(Buffer.concat([Buffer.from([version, connectCommand, 0]), addressOf(host), portBytes]));
  const [, code = 1, , kind] = await take(socket, 4);
  if (code !== 0) throw new Error(refusals[code] ?? `it answers ${code}`);
  // The address that it connects from.
  const sizeBytes =
    kind === address.ipv6 ? 16 : kind === address.name ? ((await take(socket, 1))[0] ?? 0) : 4;
  await take(socket, sizeBytes + 2);
}

const refusals: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow it',
  3: 'the network cannot be reached',
  4: 'the host cannot be reached',
  5: 'the connection was refused',
  6: 'the time to live expired',
};

function addressOf(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([address.ipv4, ...host.split('.').map(Number)]);
  if (isIPv6(host)) return Buffer.concat([Buffer.from([address.ipv6]), ipv6Bytes(host)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([address.name]), lengthOf(name), name]);
}

function ipv6Bytes(host: string): Buffer {
  // A URL's host is written in its shortest form, without an IPv4 part.
  const [head = '', tail] = host.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const words = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

function lengthOf(word: Buffer): Buffer {
  return Buffer.from([word.length]);
}

async function take(socket: Socket, sizeBytes: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(sizeBytes);
    if (bytes !== null) return bytes;
    await once(socket, 'readable');
  }
}
