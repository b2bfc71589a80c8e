/** Step 5.4: how long the rollout may take, and how much of a failing pod's log goes into the record. */
import { Option } from 'clipanion';
import type { ResumeRequest } from '../runbook/resume-and-check.ts';
import { count, duration } from './flag-values.ts';
import { KeeperFlags } from './keeper-flags.ts';

export abstract class RolloutFlags extends KeeperFlags {
  rolloutTimeout = Option.String('--rollout-timeout', '300s', {
    description: '`DURATION` for a workload to become ready, its minReadySeconds not counted (default 300s)',
  });
  recordLogs = Option.String('--record-logs', '20', {
    description: 'the last `N` log lines of each failing container go into the record (default 20; 0: none)',
  });

  protected rolloutFlags(): Pick<ResumeRequest, 'rolloutTimeoutSeconds' | 'recordedLogLines'> {
    return {
      rolloutTimeoutSeconds: duration('--rollout-timeout', this.rolloutTimeout),
      recordedLogLines: count('--record-logs', this.recordLogs),
    };
  }
}
