/** How long a connection that was lost after the pod came up is tried again; `restore` and `verify` share it. */
import { Option } from 'clipanion';
import type { RetryLimits } from '../runbook/transfer/patience.ts';
import { count, duration } from './flag-values.ts';
import { OwnerFlags } from './owner-flags.ts';

export abstract class RetryFlags extends OwnerFlags {
  retries = Option.String('--retries', '10', {
    description:
      'give up after `N` tries in a row that bring nothing new, when the connection is lost (default 10)',
  });
  retryTimeout = Option.String('--retry-timeout', '120s', {
    description: '`DURATION` without anything new after which a lost connection is given up (default 120s)',
  });

  protected retryLimits(): RetryLimits {
    return {
      retries: count('--retries', this.retries),
      timeoutSeconds: duration('--retry-timeout', this.retryTimeout),
    };
  }
}
