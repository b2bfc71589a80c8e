/**
 * Which progress is worth a line of a log: of one label whenever another tenth is done, five seconds apart at least, so
 * that what is quick says nothing. Without a total, time alone decides.
 */
import type { Progress } from '../runbook/reporter.ts';
import { percentDone } from './progress-line.ts';

const everyMs = 5000;

/** Gives a function that says whether this progress is to be logged. Its state is that of one run. */
export function createProgressLog(): (progress: Progress, now: Date) => boolean {
  let last: { readonly label: string; readonly tenth: number; readonly timeMs: number } | undefined;
  return (progress, now) => {
    const current = {
      label: progress.label,
      tenth: Math.floor(percentDone(progress) / 10),
      timeMs: now.getTime(),
    };
    if (last === undefined || last.label !== current.label || current.tenth < last.tenth) {
      last = current;
      return false;
    }
    const isFurther = progress.total === undefined || current.tenth > last.tenth;
    if (!isFurther || current.timeMs - last.timeMs < everyMs) return false;
    last = current;
    return true;
  };
}
