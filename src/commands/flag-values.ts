/** What a flag's text means; each throws a UsageError that names the flag and the value. */
import { UsageError } from 'clipanion';
import { parseAppName } from '../domain/app-name.ts';
import { messageOf } from '../domain/message-of.ts';
import { parseRate } from '../domain/rate.ts';
import { parseDuration, parseTime } from '../domain/time.ts';

/** Seconds. */
export function duration(flag: string, text: string): number {
  return orUsage(flag, () => parseDuration(text));
}

/** Bytes a second. */
export function rate(flag: string, text: string): number {
  return orUsage(flag, () => parseRate(text));
}

export function time(flag: string, text: string, now: Date): Date {
  return orUsage(flag, () => parseTime(text, now));
}

/** `--catalog`: a path, or an app by its whole name. */
export function checkPlace(flag: string): void {
  if (!flag.startsWith('app:') || parseAppName(flag) !== undefined) return;
  throw new UsageError(
    `--catalog "${flag}" is not app:NAMESPACE/DEPLOYMENT (a file of that name: --catalog ./${flag})`,
  );
}

export function count(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} "${text}" is not a whole number`);
  return Number(text);
}

/** What a parser makes of a flag's text, whose Error becomes a UsageError. */
export function orUsage<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(`${flag}: ${messageOf(error)}`);
  }
}
