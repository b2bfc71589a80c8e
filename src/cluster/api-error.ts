/** From what client-node and the sockets below it throw to our two kinds of error. */
import { ApiException } from '@kubernetes/client-node';
import { ApiError, ConnectionError } from './connection-error.ts';

/** Turns whatever client-node threw into one of the two kinds; anything else passes as it is. */
export function toApiError(error: unknown, server: string): unknown {
  if (error instanceof ConnectionError) return error;
  if (error instanceof ApiException) return fromStatus(error.code, error.body, server);
  const network = networkError(error);
  return network === undefined ? error : connectionError(network, server, error);
}

function fromStatus(code: number, body: unknown, server: string): Error {
  const status = parseStatus(body);
  // What stands before an API server, or on its port instead of it, answers without a Status.
  if (status.reason === undefined && (code === 400 || code >= 500)) {
    return new ConnectionError(
      `${server} does not answer as an API server does (${code}): ${status.message ?? 'no message'}`,
      'Check the address of the API server, and what stands before it.',
      { passing: code >= 500 },
    );
  }
  if (code === 401) {
    return new ConnectionError(
      `${server} does not accept the credentials of this context (401 Unauthorized)`,
      'Log in again, or choose another context with --context.',
    );
  }
  return new ApiError(
    code,
    status.reason ?? String(code),
    status.message ?? `the API server answered ${code}`,
  );
}

function parseStatus(body: unknown): { reason?: string; message?: string } {
  if (typeof body !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return {};
    const { reason, message } = parsed as Record<string, unknown>;
    return {
      ...(typeof reason === 'string' && { reason }),
      ...(typeof message === 'string' && { message }),
    };
  } catch {
    return { message: body.slice(0, 500) };
  }
}

interface NetworkFault {
  readonly code: string;
  readonly message: string;
}

const fileFaults = ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'];

/** The innermost error with a code. */
function networkError(error: unknown): NetworkFault | undefined {
  let found: NetworkFault | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'TimeoutError') found = { code: 'TIMEOUT', message: 'no answer in time' };
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(at.code)) {
      found = { code: at.code, message: at.message };
    }
    if (at instanceof AggregateError && at.errors[0] instanceof Error && at.message === '') {
      found = { code: found?.code ?? 'ECONNREFUSED', message: at.errors[0].message };
    }
  }
  return found;
}

/** Node's advice is for who starts Node. */
const nodeAdvice = /; if the root CA is installed locally.*/s;

function connectionError({ code, message }: NetworkFault, server: string, cause: unknown): ConnectionError {
  if (fileFaults.includes(code)) {
    return new ConnectionError(
      `the certificate, key or token for ${server} cannot be read: ${message}`,
      'Check the files that the kubeconfig or the flags name.',
      { cause },
    );
  }
  // OpenSSL could not read what it was given here, before anything was sent.
  if (code.startsWith('ERR_OSSL_')) {
    return new ConnectionError(
      `a certificate or key for ${server} cannot be used: ${message} (${code})`,
      'Check the certificate-authority, client-certificate and client-key in the kubeconfig.',
      { cause },
    );
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER|VERIFY/.test(code)) {
    return new ConnectionError(
      `${server} cannot be trusted: ${message.replace(nodeAdvice, '')} (${code})`,
      "Check the cluster's certificate-authority and tls-server-name in the kubeconfig.",
      { cause },
    );
  }
  return new ConnectionError(
    `no connection to ${server}: ${message} (${code})`,
    'Check that the cluster is up and reachable from here, or choose another context with --context.',
    { cause, passing: true },
  );
}
