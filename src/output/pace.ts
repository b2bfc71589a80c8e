/**
 * How fast something goes now: over the last seconds, not from its beginning, so that a stall shows. The time is
 * passed in.
 */
import type { Progress } from '../runbook/reporter.ts';

export interface Pace {
  /** Takes note of where it stands; gives units a second, or undefined while too little is known. */
  measure(progress: Progress, now: Date): number | undefined;
}

const windowMs = 10_000;
/** Progress is told far more often than anybody looks: samples this far apart are enough. */
const sampleMs = 250;
const shortestMs = 500;

interface Sample {
  readonly timeMs: number;
  readonly done: number;
}

/** Starts anew with another label, and when less is done than before. */
export function createPace(): Pace {
  let latest: Progress | undefined;
  let samples: readonly Sample[] = [];
  return {
    measure(progress, now) {
      const sample = { timeMs: now.getTime(), done: progress.done };
      if (progress.label !== latest?.label || progress.done < latest.done) samples = [];
      latest = progress;
      const isDue = sample.timeMs - (samples.at(-1)?.timeMs ?? 0) >= sampleMs;
      if (samples.length === 0 || isDue) samples = [...recent(samples, sample.timeMs), sample];
      const first = samples[0] ?? sample;
      const elapsedMs = sample.timeMs - first.timeMs;
      return elapsedMs < shortestMs ? undefined : ((sample.done - first.done) / elapsedMs) * 1000;
    },
  };
}

/** The samples of the window and the last one before it, so that the whole window is covered. */
function recent(samples: readonly Sample[], nowMs: number): readonly Sample[] {
  const start = samples.findLastIndex(({ timeMs }) => timeMs <= nowMs - windowMs);
  return start === -1 ? samples : samples.slice(start);
}
