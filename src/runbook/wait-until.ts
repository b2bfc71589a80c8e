import { ConnectionError } from '../cluster/connection-error.ts';
import type { Clock } from '../context.ts';

export interface WaitOptions {
  readonly clock: Clock;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly everyMilliseconds?: number;
}

export class WaitTimeout extends Error {
  constructor(seconds: number) {
    super(`not within ${seconds} s`);
    this.name = 'WaitTimeout';
  }
}

/**
 * Calls `look` until it returns something other than undefined, and returns that. Throws a WaitTimeout when the
 * budget is used up, after one last look; the signal's reason when it is aborted. A connection that is lost for a
 * while is waited out within the same budget. `look` says itself what it waits for.
 */
export async function waitUntil<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { clock, timeoutSeconds, signal, everyMilliseconds = 500 } = options;
  const deadlineMs = clock.now().getTime() + timeoutSeconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    let lost: unknown;
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof ConnectionError && error.passing)) throw error;
      lost = error;
    }
    if (clock.now().getTime() >= deadlineMs) throw lost ?? new WaitTimeout(timeoutSeconds);
    await clock.sleep(everyMilliseconds, signal);
  }
}
