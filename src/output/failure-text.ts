/** A failure as a person reads it on stderr: what happened, why, what to do, what to type. Never a stack. */
import { paint } from './paint.ts';
import { printable, printableLines } from './printable.ts';
import { textWidth, wrapWords } from './text-width.ts';

export interface FailureReport {
  /** What was being done: `restore shop/orders-data`; may be empty. */
  readonly what: string;
  /** A key of the failure matrix, for searching. */
  readonly code?: string | undefined;
  /** The runbook step. */
  readonly step?: number | undefined;
  /** What happened, naming the thing and the value; may have several lines. */
  readonly message: string;
  /** What to do, as sentences. */
  readonly action?: string | undefined;
  /** Objects that would mend it, as YAML to apply; printed as they are, last. */
  readonly manifest?: string | undefined;
  /** Commands to type next, most useful first; printed as they are, one a line. */
  readonly next: readonly string[];
  /** The messages of the causes, outermost first. */
  readonly causes: readonly string[];
  /** The run's name, where one has begun. */
  readonly run?: string | undefined;
}

export interface FailureStyle {
  readonly color: boolean;
  /** Columns of the terminal; sentences are wrapped to it, commands never. */
  readonly width: number;
}

/** Narrower than this, broken words are worse than a terminal's own wrapping. */
const narrowest = 20;

/** Ends with a newline. */
export function failureText(failure: FailureReport, style: FailureStyle): string {
  const { what, code, step, message, action, next, run, manifest } = failure;
  const place = joined([what, step === undefined ? undefined : `step ${step}`], ', ');
  return [
    labelled({ label: 'error:', colour: 'red' }, joined([place, message], ': '), style),
    ...distinctCauses(failure).map((cause) => labelled({ label: 'because:', margin: '  ' }, cause, style)),
    labelled({ label: 'code:' }, code, style),
    labelled({ label: 'run:' }, run, style),
    labelled({ label: 'what to do:', colour: 'bold' }, action, style),
    next.length === 0 ? '' : `${paint('bold', 'next:', style.color)}\n`,
    ...next.map((command) => `  ${printable(command)}\n`),
    manifest === undefined ? '' : `\n${printableLines(manifest.trimEnd())}\n`,
  ].join('');
}

/** Wrapped errors often repeat what they wrap: only what adds something is said. */
function distinctCauses({ message, causes }: FailureReport): readonly string[] {
  const said = [message];
  for (const cause of causes) {
    if (cause.trim() !== '' && !said.some((earlier) => earlier.includes(cause))) said.push(cause);
  }
  return said.slice(1);
}

interface Label {
  readonly label: string;
  readonly margin?: string;
  readonly colour?: 'red' | 'bold';
}

function labelled(
  { label, margin = '', colour }: Label,
  text: string | undefined,
  style: FailureStyle,
): string {
  if (text === undefined) return '';
  const columns = Math.max(style.width, narrowest) - margin.length - 2;
  const lines = printableLines(`${label} ${text.trimEnd()}`)
    .split('\n')
    .flatMap((line) => (textWidth(line) <= columns ? [line] : wrapWords(line, columns)));
  const indented = lines.map((line, index) => `${margin}${index === 0 ? '' : '  '}${line}\n`).join('');
  if (colour === undefined) return indented;
  return `${paint(colour, label, style.color)}${indented.slice(label.length)}`;
}

function joined(parts: readonly (string | undefined)[], separator: string): string {
  return parts.filter((part) => part !== undefined && part !== '').join(separator);
}
