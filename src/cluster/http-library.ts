/** client-node's requests over our own transport. */
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type RequestContext, ResponseContext } from '@kubernetes/client-node';
import type { Transport } from './transport.ts';

export async function answerOver(transport: Transport, request: RequestContext): Promise<ResponseContext> {
  const body = request.getBody();
  const signal = request.getSignal();
  const answer = await transport.request({
    url: request.getUrl(),
    method: request.getHttpMethod(),
    headers: { ...request.getHeaders(), 'Accept-Encoding': 'gzip' },
    ...(body !== undefined && { body: String(body) }),
    ...(signal && { signal }),
  });
  const content = await contentOf(answer);
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return new ResponseContext(answer.statusCode ?? 0, Object.fromEntries(headers), {
    text: async () => content,
    binary: async () => Buffer.from(content),
    stream: () => null,
  });
}

async function contentOf(answer: IncomingMessage): Promise<string> {
  if (answer.headers['content-encoding'] !== 'gzip') return text(answer);
  const inflated = createGunzip();
  const [content] = await Promise.all([text(inflated), pipeline(answer, inflated)]);
  return content;
}
