/** A comparison as a Markdown table; the first contender is ours, its bars are ratios to the others. */
import { medianSeconds, peakMegabytes, type Result, ratio } from './measure.ts';

export interface Bar {
  readonly most: number;
  readonly unit: string;
}

export interface Bars {
  /** By the name of the other contender. */
  readonly ratioBars: Readonly<Record<string, number>>;
  /** For the first contender. */
  readonly memoryBar: Bar;
}

/** Says whether all bars are met. */
export function printComparison(results: readonly Result[], { ratioBars, memoryBar }: Bars): boolean {
  const [ours, ...others] = results;
  if (ours === undefined) return false;
  const rows = [
    ['', 'seconds', 'peak memory', 'ours / this', 'bar'],
    ['---', '---:', '---:', '---:', '---'],
    row(ours, '', met(peakMegabytes(ours), memoryBar.most, ` ${memoryBar.unit}`)),
    ...others.map((other) => {
      const bar = ratioBars[other.name];
      const value = ratio(ours, other);
      return row(other, value.toFixed(2), bar === undefined ? '' : met(value, bar));
    }),
  ];
  console.log(
    `\n${rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')}\n`,
  );
  const ratios = others.map(
    (other) => ratio(ours, other) <= (ratioBars[other.name] ?? Number.POSITIVE_INFINITY),
  );
  return peakMegabytes(ours) <= memoryBar.most && ratios.every(Boolean);
}

function row(result: Result, quotient: string, bar: string): string[] {
  const seconds = medianSeconds(result).toFixed(2);
  return [result.name, seconds, `${peakMegabytes(result).toFixed(0)} MB`, quotient, bar];
}

export function met(value: number, most: number, unit = ''): string {
  return `at most ${most}${unit}: ${value <= most ? 'met' : 'MISSED'}`;
}
