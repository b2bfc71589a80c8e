/** The program's command line in this process: real files, a clock that stands still, streams that are remembered. */
import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli.ts';
import type { ProcessContext } from '../../src/context.ts';
import { tempFolder } from './temp-folder.ts';

export const genuine = fileURLToPath(new URL('../fixtures/genuine/', import.meta.url));

/** Two hours and a half after the genuine backups were made. */
export const now = new Date('2026-11-22T23:03:30Z');

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** stdin, stdout and stderr are terminals of this many columns. */
  readonly columns?: number;
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process in `cwd`, and what it has printed so far. */
export function cliContext({ cwd, env = {}, input = '', columns }: CliOptions) {
  const printed = { stdout: '', stderr: '' };
  const isTTY = columns !== undefined;
  const stream = (name: keyof typeof printed) => ({
    write: (text: string) => {
      printed[name] += text;
    },
    isTTY,
    ...(columns !== undefined && { columns }),
  });
  const host: ProcessContext = {
    env: { HOME: cwd, ...env },
    cwd,
    platform: 'linux',
    program: [process.execPath, fileURLToPath(new URL('../../src/main.ts', import.meta.url))],
    stdin: Object.assign(Readable.from([input]), { isTTY }),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: new AbortController().signal,
    lastWords: {},
    clock: { now: () => now, monotonicMs: () => 0, sleep: async () => {} },
    userName: 'pat',
    hostName: 'laptop-7',
    randomBytes,
    kill: process.kill,
    version: '1.2.3',
    nativeBinding: async () => undefined,
  };
  return { host, printed };
}

/** Runs `kubectl nkvm WORDS…`; the current folder reads `/here` in what was printed. */
export async function run(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const { host, printed } = cliContext(options);
  const exitCode = await runCli(words, host);
  const here = (text: string) => text.replaceAll(options.cwd, '/here');
  return { exitCode, stdout: here(printed.stdout), stderr: here(printed.stderr) };
}

/** A folder with the genuine history and archives, as they lie beside the app. */
export function genuineFolder(t: TestContext): string {
  const folder = tempFolder(t);
  cpSync(genuine, folder, { recursive: true });
  return folder;
}
