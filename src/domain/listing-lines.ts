/**
 * The lines that `stat` and `sha256sum` print for names that are known beforehand. A name may hold anything but NUL,
 * newlines too, so a line is the fields, then exactly the name, then a newline; only where none of the names has one is
 * a newline known to end a line.
 * A line that is not there is a file that has vanished or could not be read.
 */

/** What `stat -c` printed for some names, taken line by line in the order of the names. */
export class LineReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#offset === this.#text.length;
  }

  /** The groups of `fields` (sticky), if the next line has those and then exactly `name`; else it stays the next. */
  take(fields: RegExp, name: string): readonly string[] | undefined {
    fields.lastIndex = this.#offset;
    const match = fields.exec(this.#text);
    if (match === null || !this.#text.startsWith(`${name}\n`, fields.lastIndex)) return undefined;
    this.#offset = fields.lastIndex + name.length + 1;
    return match.slice(1);
  }
}

export interface StatLine {
  /** The kind of file in the upper four bits of 16, the permissions below. */
  readonly rawMode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly allocatedBytes: number;
}

/** Mode in hex, uid, gid, size, modification time, blocks, bytes of a block, name: as takeStatLine reads them. */
export const statFormat = '%f %u %g %s %Y %b %B %n';

export function takeStatLine(lines: LineReader, name: string): StatLine | undefined {
  const fields = lines.take(/([0-9a-f]+) (\d+) (\d+) (\d+) (-?\d+) (\d+) (\d+) /y, name);
  if (fields === undefined) return undefined;
  const [rawModeHex = '', ...decimals] = fields;
  const [uid = 0, gid = 0, sizeBytes = 0, mtimeSeconds = 0, blocks = 0, blockBytes = 0] =
    decimals.map(Number);
  const rawMode = Number.parseInt(rawModeHex, 16);
  return { rawMode, uid, gid, sizeBytes, mtimeSeconds, allocatedBytes: blocks * blockBytes };
}

/**
 * What `sha256sum` printed for some names in any order, as 64 lower-case hex digits by name; undefined when a line is of
 * none of them. GNU escapes a name and says so with a leading backslash; busybox prints it as it is.
 */
export function readHashLines(
  text: string,
  names: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (text === '') return new Map();
  // A name with a newline is alone.
  const lines = names.length === 1 ? [text.slice(0, -1)] : text.slice(0, -1).split('\n');
  const known = new Set(names);
  const hashes = new Map<string, string>();
  for (const line of lines) {
    const [, escaped = '', sha256 = '', rest = ''] = /^(\\?)([0-9a-f]{64}) {2}(.*)$/s.exec(line) ?? [];
    const name = escaped === '' ? rest : gnuUnescape(rest);
    if (!known.has(name)) return undefined;
    hashes.set(name, sha256);
  }
  return hashes;
}

const gnuEscapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' };

function gnuUnescape(name: string): string {
  return name.replace(/\\[\\nr]/g, (written) => gnuEscapes[written] ?? written);
}
