/**
 * `kubectl exec` over one WebSocket, with what client-node's own lacks: stdin has back-pressure, so an archive of any
 * size passes through bounded memory; where the server speaks protocol v5, stdin's end is sent, so the remote program
 * sees it and its exit code still comes back; and a connection that dies without a status rejects instead of hanging.
 * The exit code is the remote program's own. Whether what it printed means success is the caller's to decide.
 */
import WebSocket, { type ClientOptions, type RawData } from 'ws';
import { toApiError } from './api-error.ts';
import type { ExecResult, ExecStreams, PodRef } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { ApiError, ConnectionError, isStatus } from './connection-error.ts';
import { channel, halfClosing, older, sendStdin } from './exec-stdin.ts';
import type { ServerOptions } from './transport.ts';

const stderrLimit = 16 * 1024;
const pingMs = 15_000;

export interface ExecRequest {
  readonly pod: PodRef;
  readonly command: readonly string[];
  readonly streams?: ExecStreams;
}

/** Rejects with a ConnectionError when the connection ends before the program's status came. */
export async function execIn(connection: ApiConnection, request: ExecRequest): Promise<ExecResult> {
  const streams = request.streams ?? {};
  streams.signal?.throwIfAborted();
  const socket = await openSocket(connection, request);
  if (streams.signal?.aborted) socket.terminate();
  const abort = (): void => socket.terminate();
  streams.signal?.addEventListener('abort', abort, { once: true });
  const ended = receive(socket, connection.server, streams);
  try {
    if (streams.stdin !== undefined) {
      // The remote program may end, or the connection die, before all of stdin is read.
      await Promise.race([ended, sendStdin(socket, streams.stdin)]);
    }
    return await ended;
  } catch (error) {
    streams.signal?.throwIfAborted();
    throw error;
  } finally {
    streams.signal?.removeEventListener('abort', abort);
    socket.terminate();
  }
}

async function openSocket(
  connection: ApiConnection,
  { pod, command, streams }: ExecRequest,
): Promise<WebSocket> {
  const query = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
  query.set('stdout', 'true');
  query.set('stderr', 'true');
  if (streams?.stdin !== undefined) query.set('stdin', 'true');
  if (streams?.container !== undefined) query.set('container', streams.container);
  const base = connection.server.replace(/^http/, 'ws');
  const url = `${base}/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/exec?${query}`;
  connection.trace(`EXEC ${pod.namespace}/${pod.name}: ${command[0]}`);
  try {
    const opened = await connection.transport.asUser(
      (options) => handshake(url, options),
      (outcome) => isStatus(outcome, 401),
    );
    if (opened instanceof ApiError) throw opened;
    return opened;
  } catch (error) {
    throw toApiError(error, connection.server);
  }
}

/** Resolves with the server's refusal too. */
function handshake(url: string, { headers, ...way }: ServerOptions): Promise<WebSocket | ApiError> {
  const all: ClientOptions = { ...way, perMessageDeflate: false, handshakeTimeout: 30_000 };
  // A header may have several lines, which the types of `ws` do not know.
  Object.assign(all, { headers });
  if (url.startsWith('wss:')) all.generateMask = noMask;
  const socket = new WebSocket(url, [halfClosing, older], all);
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      // What comes with the handshake's answer waits until `receive` listens.
      socket.pause();
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve(refusal(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
        request.destroy();
      });
    });
  });
}

/** Masks protect proxies that look into plain HTTP; over TLS they only cost a copy and a pass over every byte. */
function noMask(mask: Buffer): void {
  mask.fill(0);
}

function refusal(status: number, body: string): ApiError {
  let message = body.slice(0, 500) || `exec was refused with status ${status}`;
  try {
    message = String((JSON.parse(body) as { message?: unknown }).message ?? message);
  } catch {
    // Not a Status: the text itself is the message.
  }
  return new ApiError(status, String(status), message);
}

function receive(socket: WebSocket, server: string, { onStdout }: ExecStreams): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    let alive = true;
    const ping = setInterval(() => {
      if (!alive) socket.terminate();
      alive = false;
      socket.ping();
    }, pingMs);
    const end = (settle: () => void): void => {
      clearInterval(ping);
      settle();
    };
    socket.on('pong', () => {
      alive = true;
    });
    socket.on('message', (data: RawData) => {
      alive = true;
      const message = toBuffer(data);
      const payload = message.subarray(1);
      if (message[0] === channel.stdout && payload.length > 0) {
        try {
          onStdout?.(payload);
        } catch (error) {
          end(() => reject(error));
          socket.terminate();
        }
      } else if (message[0] === channel.stderr) {
        stderr = (stderr + payload.toString()).slice(-stderrLimit);
      } else if (message[0] === channel.status) {
        end(() => settleStatus(payload.toString(), { stderr, resolve, reject }));
      }
    });
    socket.on('error', (error) => end(() => reject(toApiError(error, server))));
    socket.on('close', (code) => end(() => reject(lost(server, code))));
    socket.resume();
  });
}

function lost(server: string, code: number): ConnectionError {
  return new ConnectionError(
    `the connection to ${server} was lost before the pod said how the command ended (close code ${code})`,
    'Check the network between here and the cluster, then run again.',
    { passing: true },
  );
}

interface Settle {
  readonly stderr: string;
  readonly resolve: (result: ExecResult) => void;
  readonly reject: (error: unknown) => void;
}

interface ExecStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

function settleStatus(text: string, { stderr, resolve, reject }: Settle): void {
  const status = JSON.parse(text) as ExecStatus;
  const exitCode = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.status === 'Success') resolve({ exitCode: 0, stderr });
  else if (exitCode !== undefined) resolve({ exitCode: Number(exitCode), stderr });
  else
    reject(new ApiError(500, status.reason ?? 'Unknown', status.message ?? 'the command could not be run'));
}

function toBuffer(data: RawData): Buffer {
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
}
