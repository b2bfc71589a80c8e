/**
 * Watches objects of any API, each over one connection: first what is there, then every change, in order and without a
 * gap. Not client-node's own watch, which knows neither `--as` nor a connection that dies without a word.
 */
import { ApiException } from '@kubernetes/client-node';
import { type Json, list, objectOf, text, toClusterObject, within } from '../domain/cluster-object.ts';
import { toApiError } from './api-error.ts';
import type { Sight, Watch, WatchTarget } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { ApiError, isStatus } from './connection-error.ts';
import { pathOf } from './objects.ts';

/** The server ends a watch after so long; one that the network has lost is then noticed at the latest. */
const watchSeconds = 240;
const keepAliveMs = 10_000;

export function watchOn(connection: ApiConnection): Watch {
  return async (target, sight) => {
    for (const [index, apiVersion] of target.kind.apiVersions.entries()) {
      try {
        return await follow(connection, { ...target, apiVersion }, sight);
      } catch (error) {
        sight.signal.throwIfAborted();
        const isLast = index === target.kind.apiVersions.length - 1;
        if (isLast || !isStatus(error, 404)) throw error;
      }
    }
  };
}

type Versioned = WatchTarget & { readonly apiVersion: string };

async function follow(connection: ApiConnection, target: Versioned, sight: Sight): Promise<void> {
  const { kind, apiVersion, namespace, name } = target;
  const path = pathOf({ apiVersion, plural: kind.plural, namespace });
  const only = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  const see = (json: Json | undefined): void =>
    sight.onObject(toClusterObject({ kind: kind.kind, apiVersion }, json));
  if (sight.resourceVersion === undefined) {
    let body = '';
    await get(connection, { path, query: only, signal: sight.signal }, (chunk) => {
      body += chunk;
    });
    const found = JSON.parse(body) as Json;
    for (const item of list(within(found, ['items']))) see(item);
    sight.resourceVersion = text(within(found, ['metadata', 'resourceVersion']));
  }
  const query = {
    ...only,
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(watchSeconds),
    resourceVersion: sight.resourceVersion,
  };
  const lines = byLines((line) => {
    const event = objectOf(JSON.parse(line) as Json);
    if (event['type'] === 'ERROR') throw failure(event['object']);
    sight.resourceVersion = text(within(event, ['object', 'metadata', 'resourceVersion']));
    if (event['type'] === 'ADDED' || event['type'] === 'MODIFIED') see(event['object']);
  });
  await get(connection, { path, query, signal: sight.signal }, lines);
}

/** A Status in the stream. */
function failure(status: Json | undefined): ApiError {
  const { code, reason, message } = objectOf(status);
  return new ApiError(Number(code), text(reason), text(message));
}

function byLines(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  };
}

interface Get {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Rejects with an ApiError, a ConnectionError, the signal's reason, or what `onChunk` throws. */
async function get(
  connection: ApiConnection,
  { path, query, signal }: Get,
  onChunk: (chunk: string) => void,
): Promise<void> {
  signal.throwIfAborted();
  const url = `${connection.server}${path}?${new URLSearchParams(query)}`;
  connection.trace(`WATCH ${url}`);
  try {
    const response = await connection.transport.request({ url, method: 'GET', signal, keepAliveMs });
    response.setEncoding('utf8');
    let refusal = '';
    const isRefused = response.statusCode !== 200;
    for await (const chunk of response as AsyncIterable<string>) {
      if (isRefused) refusal += chunk;
      else onChunk(chunk);
    }
    if (isRefused) throw new ApiException(response.statusCode ?? 0, 'refused', refusal, {});
  } catch (error) {
    signal.throwIfAborted();
    throw toApiError(error, connection.server);
  }
}
