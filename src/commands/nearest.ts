/** The name that was probably meant: a few slips of the finger away, or begun and not finished. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const begun = names.find((name) => word.length > 3 && name.startsWith(word));
  if (begun !== undefined) return begun;
  const most = Math.max(1, Math.floor(word.length / 3));
  const distances = names.map((name) => ({ name, slips: slips(word, name) }));
  const [best] = distances.toSorted((one, other) => one.slips - other.slips);
  return best !== undefined && best.slips <= most ? best.name : undefined;
}

/** Letters left out, added or changed, and neighbours exchanged (optimal string alignment). */
function slips(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= one.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const ways = [
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + Number(!isSame),
        ...(isSwapped && column > 1 ? [cell(row - 2, column - 2) + 1] : []),
      ];
      rows[row]?.push(Math.min(...ways));
    }
  }
  return cell(one.length, other.length);
}
