/** Rates as curl and rsync have them: bytes a second, with K, M, G or T for powers of 1024. */

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes a second: `800`, `500K`, `1.5m`. Throws a RangeError that names the value. */
export function parseRate(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)([KMGT]?)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit.toUpperCase()] ?? Number.NaN));
  if (number === '' || !(bytes >= 1024)) {
    throw new RangeError(
      `"${text}" is not a rate: give bytes a second, 1K at least, such as 500K, 10M or 1.5G (powers of 1024)`,
    );
  }
  return bytes;
}
