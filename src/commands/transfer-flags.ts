/** How step 4 moves the archive: how long a lost connection is tried again, and how fast it may go. */
import { Option } from 'clipanion';
import type { TransferRequest } from '../runbook/restore-request.ts';
import { count, duration, rate } from './flag-values.ts';
import { SafetyFlags } from './safety-flags.ts';

export abstract class TransferFlags extends SafetyFlags {
  retries = Option.String('--retries', '10', {
    description:
      'give up after `N` tries in a row that bring nothing new, when the connection is lost (default 10)',
  });
  retryTimeout = Option.String('--retry-timeout', '120s', {
    description: '`DURATION` without anything new after which a lost connection is given up (default 120s)',
  });
  limitRate = Option.String('--limit-rate', {
    description: 'send no more than `RATE` bytes a second; K, M and G are powers of 1024: 500K, 10M',
  });

  protected transferFlags(): TransferRequest {
    return {
      retry: {
        retries: count('--retries', this.retries),
        timeoutSeconds: duration('--retry-timeout', this.retryTimeout),
      },
      ...(this.limitRate !== undefined && { bytesPerSecond: rate('--limit-rate', this.limitRate) }),
    };
  }
}
