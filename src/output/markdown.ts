/** Pieces of Markdown (GFM) in which no value, whatever is in it, can be anything but text. */
import { printable, printableLines } from './printable.ts';

/** Inline marks anywhere; what makes a list, a rule or a heading at the beginning. */
const special = /[\\`*_[\]<>|~&#]|(?<=^\s*)[-+=]|(?<=^\s*\d+)[.)]/g;

/** One line of text. */
export function markdownText(text: string): string {
  return printable(text).replace(special, '\\$&');
}

/** Cells of a table; undefined is shown as `-`. */
export type Row = readonly (string | number | undefined)[];

/** Empty without rows. Cells are escaped here. */
export function markdownTable(columns: readonly string[], rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = [columns, columns.map(() => '---'), ...rows.map((cells) => cells.map(cellText))];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** A block of code by indentation: no fence that its text could close. */
export function markdownCode(text: string): string {
  return printableLines(text.trimEnd())
    .split('\n')
    .map((line) => `    ${line}\n`)
    .join('');
}

/** Empty when there is nothing to put under the title. */
export function markdownSection(title: string, ...parts: readonly string[]): string {
  const content = parts.filter((part) => part !== '');
  return content.length === 0 ? '' : `\n## ${title}\n\n${content.join('\n')}`;
}

function cellText(value: string | number | undefined): string {
  return value === undefined ? '-' : markdownText(String(value));
}
