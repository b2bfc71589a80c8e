/** Progress in one line, for a bar that is redrawn or for a log. */

import { counted, formatBytes, formatCount } from '../domain/size.ts';
import type { Progress } from '../runbook/reporter.ts';
import { printable } from './printable.ts';
import { fitText, textWidth } from './text-width.ts';

const shortestBar = 10;
const longestBar = 40;
const shortestLabel = 6;
const gap = '  ';

/** `Copy archive  45%  385Mi/857Mi  78Mi/s  ETA 6s`; `rate` in units a second, where it is known. */
export function progressText(progress: Progress, rate?: number): string {
  return [printable(progress.label), ...facts(progress, rate)].join(gap);
}

/**
 * The same with a bar, in at most `columns` columns: first the bar goes, then bytes, rate and ETA; what is left of the
 * label is cut. Without a total there is neither bar nor percentage.
 */
export function progressBar(progress: Progress, rate: number | undefined, columns: number): string {
  const label = printable(progress.label);
  const [first = '', ...others] = facts(progress, rate);
  const needed = Math.min(textWidth(label), shortestLabel);
  const kept = [others, others.slice(1), others.slice(2), []].find(
    (rest) => needed + textWidth(['', first, ...rest].join(gap)) <= columns,
  );
  const numbers = [first, ...(kept ?? [])].join(gap);
  const room = columns - textWidth(numbers) - gap.length;
  if (room < 1) return fitText(numbers, columns);
  const fitted = fitText(label, room);
  const barRoom = Math.min(longestBar, room - textWidth(fitted) - gap.length - 2);
  const bar = progress.total === undefined || barRoom < shortestBar ? [] : [barText(progress, barRoom)];
  return [fitted, ...bar, numbers].join(gap);
}

/** What is told, most useful first but in the order in which it reads: percent, amount, rate, time left. */
function facts(progress: Progress, rate: number | undefined): readonly string[] {
  const { done, total, unit, retries } = progress;
  const amount =
    total === undefined ? inUnit(done, unit) : `${numberText(done, unit)}/${inUnit(total, unit)}`;
  const percent = total === undefined ? [] : [`${percentDone(progress)}%`];
  const speed = rate === undefined || unit === 'pods' ? [] : [`${inUnit(Math.round(rate), unit)}/s`];
  const lost = retries === undefined ? [] : [counted(retries, 'retry', 'retries')];
  return [...percent, amount, ...speed, ...timeLeft(progress, rate), ...lost];
}

/** Whole percent, rounded down: 100 only when all is done. */
export function percentDone({ done, total }: Progress): number {
  if (total === undefined) return 0;
  return total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
}

function timeLeft({ done, total, unit }: Progress, rate: number | undefined): readonly string[] {
  if (total === undefined || rate === undefined || rate <= 0 || done >= total || unit === 'pods') return [];
  return [`ETA ${span(Math.ceil((total - done) / rate))}`];
}

function span(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)}h${minutes % 60}m` : 'over a day';
}

function inUnit(amount: number, unit: Progress['unit']): string {
  return unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} ${unit}`;
}

function numberText(amount: number, unit: Progress['unit']): string {
  return unit === 'bytes' ? formatBytes(amount) : formatCount(amount);
}

function barText(progress: Progress, cells: number): string {
  const full = Math.floor((percentDone(progress) / 100) * cells);
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}]`;
}
