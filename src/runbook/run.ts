/** What every step of one run shares: where it works, what it may use, and how it speaks. */
import type { Cluster } from '../cluster/cluster.ts';
import type { Clock } from '../context.ts';
import type { RunId } from '../domain/run.ts';
import type { Reporter } from './reporter.ts';

export interface Run {
  readonly id: RunId;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Aborted by a signal to the process; steps end with its reason. */
  readonly signal: AbortSignal;
  /** `kubectl nkvm ...` as the operator would type it for this cluster: with the connection flags of this run. */
  readonly command: (...words: readonly string[]) => string;
}
