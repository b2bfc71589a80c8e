/**
 * Answers for scripts. What they hold is whole and exact, yet cannot drive a terminal: characters that could are
 * escaped in the format's own way, so a parser gives them back.
 */
import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarLayout } from 'js-yaml';

/** What JSON and YAML allow as it is, but a terminal may act on. */
const unprintable = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** JSON, two spaces deep, with a newline at its end. */
export function printJson(value: unknown): string {
  return `${escaped(JSON.stringify(value, undefined, 2))}\n`;
}

/** One item a line. */
export function printJsonLines(items: readonly unknown[]): string {
  return items.map((item) => `${escaped(JSON.stringify(item))}\n`).join('');
}

/** The same data as `printJson`, without anchors or folded lines. */
export function printYaml(value: unknown): string {
  const data: unknown = JSON.parse(JSON.stringify(value));
  const scalarStyleRules = [...Object.values(DEFAULT_SCALAR_STYLE_RULES), quoteUnprintable];
  return escaped(dump(data, { noRefs: true, lineWidth: -1, scalarStyleRules }));
}

/** Escapes work in double quotes only. */
function quoteUnprintable(layout: ScalarLayout): void {
  if (layout.node.value.search(unprintable) !== -1) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
}

function escaped(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
