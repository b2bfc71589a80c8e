/**
 * Tables as kubectl prints them: no borders, three spaces between columns, nothing at a line's end. A cell is always
 * one line, whatever is in it.
 */
import Table from 'cli-table3';
import { printable } from './printable.ts';

/** cli-table3's time grows with the square of a table's rows: 20,000 take several times as long in one piece. */
const rowsPerPiece = 50;

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 3 };

/** `columns` are printed as given: in capitals. Every row has as many cells as there are columns. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const pieces = inPieces([columns, ...rows].map((cells) => cells.map(printable)));
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0) return draw(only).text;
  const widths = pieces.map((piece) => draw(piece).widths);
  const widest = columns.map((_, index) => Math.max(...widths.map((piece) => piece[index] ?? 0)));
  return pieces.map((piece) => draw(piece, widest).text).join('');
}

/** A cell as one word, so that columns can be told apart by their spaces; `-` stands for nothing. */
export function oneWord(text: string): string {
  return text === '' ? '-' : text.replaceAll(' ', '\\x20');
}

function draw(
  rows: readonly string[][],
  widths: readonly number[] = [],
): { readonly text: string; readonly widths: readonly (number | null)[] } {
  const drawn = new Table({ chars: noBorders, style, colWidths: [...widths] });
  drawn.push(...rows);
  const text = drawn.toString().replace(/ +$/gm, '');
  return { text: `${text}\n`, widths: drawn.options.colWidths };
}

function inPieces(rows: readonly string[][]): readonly string[][][] {
  const pieces: string[][][] = [];
  for (let start = 0; start < rows.length; start += rowsPerPiece) {
    pieces.push(rows.slice(start, start + rowsPerPiece));
  }
  return pieces;
}
