/** The few styles in use; `paint` leaves the text as it is where colour is off. */
const codes = { bold: [1, 22], red: [31, 39], yellow: [33, 39] } as const;

export function paint(style: keyof typeof codes, text: string, isColoured: boolean): string {
  const [on, off] = codes[style];
  return isColoured ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}
