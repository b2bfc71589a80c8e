/** Times commands side by side: interleaved, the filesystem synced before each, peak memory from GNU time. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Sample {
  readonly seconds: number;
  /** Of the largest of its processes. */
  readonly peakMegabytes: number;
}

export interface Contender {
  readonly name: string;
  readonly run: () => Promise<Sample>;
  /** Not timed. */
  readonly before?: () => void;
}

export interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Each contender once a round; a round begins with another contender than the one before. */
export async function interleaved(
  rounds: number,
  contenders: readonly Contender[],
): Promise<readonly Result[]> {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (round + turn) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      contender.before?.();
      spawnSync('sync');
      const sample = await contender.run();
      samples[index]?.push(sample);
      if (sample.seconds >= 1) console.error(`${contender.name}: ${sample.seconds.toFixed(2)} s`);
    }
  }
  return contenders.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
}

export interface Command {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What is timed is from the line on stderr that begins with the first to one that begins with the second. */
  readonly between?: readonly [string, string];
  readonly mayFail?: boolean;
}

/** Rejects when the command does not end with 0, unless it may fail. */
export async function timed({ argv, env, between, mayFail = false }: Command): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'nkvm-bench-'));
  const memory = join(folder, 'memory');
  try {
    const begin = performance.now();
    const child = spawn('/usr/bin/time', ['-q', '-f', '%M', '-o', memory, ...argv], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const arrivals: { readonly line: string; readonly time: number }[] = [];
    let pending = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) arrivals.push({ line, time: performance.now() });
    });
    const exitCode = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const end = performance.now();
    if (exitCode !== 0 && !mayFail) {
      const said = arrivals.map(({ line }) => line).slice(-5);
      throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${said.join('\n')}`);
    }
    const at = (heading: string) => arrivals.find(({ line }) => line.startsWith(heading))?.time ?? Number.NaN;
    const milliseconds = between === undefined ? end - begin : at(between[1]) - at(between[0]);
    return { seconds: milliseconds / 1000, peakMegabytes: Number(readFileSync(memory, 'utf8')) * 1.024e-3 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}

export const medianSeconds = ({ samples }: Result) => median(samples.map(({ seconds }) => seconds));
export const peakMegabytes = ({ samples }: Result) =>
  Math.max(...samples.map((sample) => sample.peakMegabytes));

/** The median of the rounds' own ratios: what slows a whole round down cancels out. */
export function ratio(one: Result, other: Result): number {
  return median(
    one.samples.map(({ seconds }, round) => seconds / (other.samples[round]?.seconds ?? Number.NaN)),
  );
}
