/** Times and durations as users type them and as tables show them. Pure: "now" is always passed in. */

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const day = /^(\d{4})-(\d\d)-(\d\d)$/;
const spans = /^(?=.)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

const minuteSeconds = 60;
const hourSeconds = 60 * minuteSeconds;
const daySeconds = 24 * hourSeconds;
const yearSeconds = 365 * daySeconds;

/**
 * A point in time: RFC 3339 with a zone, `YYYY-MM-DD` (the start of that UTC day) or an age before `now`
 * (`90m`, `26h`, `7d`, `1d12h`). Throws a RangeError that names the value and the forms.
 */
export function parseTime(text: string, now: Date): Date {
  const age = spanSeconds(text);
  const time = age === undefined ? parseCalendarTime(text) : new Date(now.getTime() - age * 1000);
  if (time === undefined || Number.isNaN(time.getTime())) {
    throw new RangeError(
      `"${text}" is not a time: give RFC 3339 with a zone (2026-03-01T12:00:00Z), a day (2026-03-01) or an age (90m, 26h, 7d)`,
    );
  }
  return time;
}

/** A duration in seconds: `180s`, `5m`, `1h30m`, `7d`, or a bare `0`. Throws a RangeError that names the value. */
export function parseDuration(text: string): number {
  const seconds = text === '0' ? 0 : spanSeconds(text);
  if (seconds === undefined || !Number.isSafeInteger(seconds)) {
    throw new RangeError(
      `"${text}" is not a duration: give a number with its unit (180s, 5m, 1h30m, 7d) or 0`,
    );
  }
  return seconds;
}

/** RFC 3339, UTC, whole seconds: `2026-03-01T12:00:00Z`. Throws a RangeError on an invalid date. */
export function formatRfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The time since `date` with the units that kubectl's AGE column has; `<unknown>` for an invalid date. */
export function formatAge(date: Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - date.getTime()) / 1000);
  if (Number.isNaN(seconds)) return '<unknown>';
  if (seconds < -1) return '<invalid>';
  if (seconds < 2 * minuteSeconds) return `${Math.max(seconds, 0)}s`;
  if (seconds < 10 * minuteSeconds) return inUnits(seconds, minuteSeconds, 'm', 1, 's');
  if (seconds < 3 * hourSeconds) return `${Math.floor(seconds / minuteSeconds)}m`;
  if (seconds < 8 * hourSeconds) return inUnits(seconds, hourSeconds, 'h', minuteSeconds, 'm');
  if (seconds < 2 * daySeconds) return `${Math.floor(seconds / hourSeconds)}h`;
  if (seconds < 8 * daySeconds) return inUnits(seconds, daySeconds, 'd', hourSeconds, 'h');
  if (seconds < 2 * yearSeconds) return `${Math.floor(seconds / daySeconds)}d`;
  if (seconds < 8 * yearSeconds) return inUnits(seconds, yearSeconds, 'y', daySeconds, 'd');
  return `${Math.floor(seconds / yearSeconds)}y`;
}

/** `large` and, where it is not zero, the rest in `small`: `5h12m`, `3d`. */
function inUnits(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}

function spanSeconds(text: string): number | undefined {
  const match = spans.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((digits) => Number(digits ?? 0));
  return (
    (days ?? 0) * daySeconds + (hours ?? 0) * hourSeconds + (minutes ?? 0) * minuteSeconds + (seconds ?? 0)
  );
}

function parseCalendarTime(text: string): Date | undefined {
  const match = rfc3339.exec(text) ?? day.exec(text);
  if (match === null) return undefined;
  const [year, month, date] = match.slice(1, 4).map(Number);
  // Date rolls 30 February over into March; asking for the day back shows it.
  const start = new Date(`${match[1]}-${match[2]}-01T00:00:00Z`);
  start.setUTCDate(date ?? 0);
  if (start.getUTCFullYear() !== year || start.getUTCMonth() + 1 !== month) return undefined;
  return match[0].length === 10 ? start : new Date(text.toUpperCase());
}
