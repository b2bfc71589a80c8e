/**
 * Answers for scripts. What they hold is whole and exact, yet cannot drive a terminal: characters that could are
 * escaped in the format's own way, so a parser gives them back.
 */
/** What JSON and YAML allow as it is, but a terminal may act on. */
export const unprintable = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** JSON, two spaces deep, with a newline at its end. */
export function printJson(value: unknown): string {
  return `${escaped(JSON.stringify(value, undefined, 2))}\n`;
}

/** One item a line. */
export function printJsonLines(items: readonly unknown[]): string {
  return items.map((item) => `${escaped(JSON.stringify(item))}\n`).join('');
}

/** With those characters as JSON, and a double-quoted YAML string, write them. */
export function escaped(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
