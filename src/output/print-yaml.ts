/** YAML is for those who ask for it: its package is as large as all else that a short command loads. */
import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarLayout } from 'js-yaml';
import { escaped, unprintable } from './print.ts';

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
