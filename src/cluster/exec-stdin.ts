/** The sending half of an exec: stdin with back-pressure, through a few buffers that are used again and again. */
import WebSocket from 'ws';

/** The first byte of each message of Kubernetes' channel protocol. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** The protocol that can end stdin and go on. */
export const halfClosing = 'v5.channel.k8s.io';
export const older = 'v4.channel.k8s.io';

/** Messages handed to the socket and not yet flushed: enough to keep it busy, few enough to bound memory. */
const messagesInFlight = 4;

/** Resolves when all is sent, or when there is nobody to send to any more. */
export async function sendStdin(socket: WebSocket, stdin: AsyncIterable<Uint8Array>): Promise<void> {
  const inFlight: Promise<void>[] = [];
  const flushed: Buffer[] = [];
  for await (const chunk of stdin) {
    // Nobody reads any more; why, `receive` says.
    if (socket.readyState !== WebSocket.OPEN) return;
    const sizeBytes = chunk.length + 1;
    const spare = flushed.pop();
    const message =
      spare !== undefined && spare.length >= sizeBytes ? spare : Buffer.allocUnsafeSlow(sizeBytes);
    message[0] = channel.stdin;
    message.set(chunk, 1);
    inFlight.push(send(socket, message.subarray(0, sizeBytes)).then(() => void flushed.push(message)));
    if (inFlight.length >= messagesInFlight) await inFlight.shift();
  }
  await Promise.all(inFlight);
  // Older servers know no end of stdin: what is sent to them must say itself how long it is.
  if (socket.protocol === halfClosing) await send(socket, Buffer.from([channel.close, channel.stdin]));
}

function send(socket: WebSocket, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    // A failed send is the connection's end, which `receive` reports with its cause.
    socket.send(message, { binary: true }, () => resolve());
  });
}
