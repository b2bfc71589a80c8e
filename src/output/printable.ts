/**
 * Text that cannot drive a terminal. File names, pod logs and rows of the history are written by others: an escape
 * sequence or a bidirectional override in them could hide or fake what an operator reads. Whatever is printed goes
 * through here, or through print.ts for JSON and YAML.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line: controls as `\n`, `\r`, `\t` or `\xNN`, line separators and bidirectional marks as `\uNNNN`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => shortEscapes[character] ?? escaped(character));
}

/** As `printable`, but line ends and tabs stay. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}
