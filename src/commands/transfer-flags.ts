/** How step 4 moves the archive. */
import { Option } from 'clipanion';
import type { TransferRequest } from '../runbook/restore-request.ts';
import { rate } from './flag-values.ts';
import { SafetyFlags } from './safety-flags.ts';

export abstract class TransferFlags extends SafetyFlags {
  limitRate = Option.String('--limit-rate', {
    description: 'send no more than `RATE` bytes a second; K, M and G are powers of 1024: 500K, 10M',
  });

  protected transferFlags(): TransferRequest {
    return {
      retry: this.retryLimits(),
      ...(this.limitRate !== undefined && { bytesPerSecond: rate('--limit-rate', this.limitRate) }),
    };
  }
}
