/** Sizes and counts for people; scripts get plain numbers. */
const units = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Binary units with the suffixes of Kubernetes quantities, two or more digits: `999B`, `1.0Ki`, `248Ki`, `1.2Gi`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes;
  let unit: string | undefined;
  for (const name of units) {
    value /= 1024;
    unit = name;
    if (Math.round(value) < 1024) break;
  }
  const tenths = value.toFixed(1);
  return `${tenths.length <= 3 ? tenths : Math.round(value)}${unit}`;
}

/** With thousands separators, whatever the locale: `21,417`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 member`, `21,417 members`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}
