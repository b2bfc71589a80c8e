/**
 * Who is alive, told by what changes while one watches: no two machines' clocks are compared, and a machine that slept
 * has not counted. `signs` name the state in which each was found.
 */
import { lockSeconds } from '../../domain/claim-lock.ts';
import type { Run } from '../run.ts';

export type Signs = ReadonlyMap<string, string>;

export interface Observed {
  /** Whose sign changed. Neither they nor the dead: what went away by itself. */
  readonly living: ReadonlySet<string>;
  /** Whose sign stayed the same for as long as a lock lasts. */
  readonly dead: ReadonlySet<string>;
}

/** Ends as soon as all are known, after `lockSeconds` at the latest. */
export async function observe(
  { clock, signal }: Pick<Run, 'clock' | 'signal'>,
  first: Signs,
  look: () => Promise<Signs>,
): Promise<Observed> {
  const waiting = new Map(first);
  const living = new Set<string>();
  const deadlineMs = clock.monotonicMs() + lockSeconds * 1000;
  for (let lookedMs = 0; waiting.size > 0 && lookedMs < deadlineMs; ) {
    await clock.sleep(1000, signal);
    lookedMs = clock.monotonicMs();
    const now = await look();
    for (const [name, sign] of [...waiting]) {
      const seen = now.get(name);
      if (seen === sign) continue;
      waiting.delete(name);
      if (seen !== undefined) living.add(name);
    }
  }
  return { living, dead: new Set(waiting.keys()) };
}
