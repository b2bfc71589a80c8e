/**
 * What can go wrong on the way to the API server, in two kinds: it answered no (`ApiError`), or there was no
 * answer (`ConnectionError`). Neither message ever holds a token or a request header.
 */

export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' own reason: `NotFound`, `Conflict`, `Forbidden`, ... */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

export class ConnectionError extends Error {
  /** What to type or look at next. */
  readonly action: string;
  /** Whether the same request may get an answer a little later. */
  readonly passing: boolean;

  constructor(message: string, action: string, details: { cause?: unknown; passing?: boolean } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ConnectionError';
    this.action = action;
    this.passing = details.passing ?? false;
  }
}

export function isStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.status);
}
