/**
 * Tables as kubectl prints them: no borders, three spaces between columns, nothing at a line's end. A cell is always
 * one line, whatever is in it.
 */
import { printable } from './printable.ts';
import { textWidth } from './text-width.ts';

const gap = 3;

/** `columns` are printed as given: in capitals. Every row has as many cells as there are columns. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows].map((cells) => cells.map(printable));
  const widths = columns.map((_, column) => widest(lines, column) + gap);
  const aligned = (cells: readonly string[]) =>
    cells.map((cell, column) => pad(cell, widths[column])).join('');
  return lines.map((cells) => `${aligned(cells).replace(/ +$/, '')}\n`).join('');
}

/** A cell as one word, so that columns can be told apart by their spaces; `-` stands for nothing. */
export function oneWord(text: string): string {
  return text === '' ? '-' : text.replaceAll(' ', '\\x20');
}

function widest(lines: readonly (readonly string[])[], column: number): number {
  return lines.reduce((most, cells) => Math.max(most, textWidth(cells[column] ?? '')), 0);
}

function pad(cell: string, columns = 0): string {
  return cell + ' '.repeat(columns - textWidth(cell));
}
