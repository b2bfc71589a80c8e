/**
 * The process's edge: argv, environment, streams and signals in, an exit status out. The only file that names
 * `process`.
 */
import { hostname, userInfo } from 'node:os';
import { getAssetKeys, getRawAsset, isSea } from 'node:sea';
import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import type { ProcessContext } from './context.ts';
import { type LastingStream, lastingStream } from './output/lasting-stream.ts';
import { isAsciiOnly } from './output/locale.ts';
import { Interrupted } from './runbook/failure-matrix.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const asciiOnly = isAsciiOnly(process);
  // What a program reads stays as it is.
  const stdout = lastingStream(process.stdout, { asciiOnly: asciiOnly && process.stdout.isTTY });
  const stderr = lastingStream(process.stderr, { asciiOnly });
  const exitCode = await runWords(words, stdout, stderr);
  const lost = await stdout.finished();
  if (lost !== undefined) stderr.write(`error: the answer could not be written to stdout: ${lost.message}\n`);
  await stderr.finished();
  // Everything is done: Node would take a tenth of a start for taking its heap down.
  const isSpoiled = lost !== undefined || process.exitCode !== undefined;
  process.exit(exitCode === 0 && isSpoiled ? 1 : exitCode);
}

async function runWords(
  words: readonly string[],
  stdout: LastingStream,
  stderr: LastingStream,
): Promise<number> {
  if (words.length === 1 && words[0] === '--version') {
    stdout.write(`${packageJson.version}\n`);
    return 0;
  }
  const interruption = new AbortController();
  const lastWords: ProcessContext['lastWords'] = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt(signal, { interruption, lastWords, stderr }));
  }
  process.on('uncaughtException', (error) => breakOff(error, { interruption, stderr }));
  // Node ends with 0 when nothing is left to wait for, whoever may still be waiting.
  process.once('beforeExit', () => breakOff(new Error('came to a standstill'), { interruption, stderr }));
  const { runCli } = await import('./cli.ts');
  // What costs time is had only when it is asked for: stdin alone is a tenth of a start.
  return runCli(words, {
    env: process.env,
    cwd: currentFolder(),
    platform: process.platform,
    program: isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    signal: interruption.signal,
    lastWords,
    clock: { now: () => new Date(), monotonicMs: () => performance.now(), sleep: pause },
    get userName() {
      return userName();
    },
    hostName: hostname(),
    kill,
    randomBytes: (count) => process.getBuiltinModule('node:crypto').randomBytes(count),
    version: packageJson.version,
    nativeBinding,
  });
}

let isSignalled = false;

/** The first signal ends the run in order; the second ends the process at once and says what is left. */
function interrupt(
  signal: keyof typeof exitCodes,
  {
    interruption,
    lastWords,
    stderr,
  }: { interruption: AbortController } & Pick<ProcessContext, 'lastWords' | 'stderr'>,
): void {
  if (!isSignalled) {
    isSignalled = true;
    interruption.abort(new Interrupted(`interrupted by ${signal}`, exitCodes[signal]));
    return;
  }
  stderr.write(`\nleaving at once; ${lastWords.describe?.() ?? 'nothing was changed'}\n`);
  process.exit(exitCodes[signal]);
}

/**
 * What nothing has caught ends the run in order too, with what it leaves on the cluster brought in order. A terminal that
 * is closed under a prompt comes here as EIO, before or after its SIGHUP.
 */
function breakOff(
  error: Error,
  { interruption, stderr }: { interruption: AbortController; stderr: ProcessContext['stderr'] },
): void {
  if ('code' in error && error.code === 'EIO') {
    interruption.abort(new Interrupted('the terminal is gone', exitCodes.SIGHUP));
    return;
  }
  stderr.write(`error: ${error.stack ?? error.message}\n`);
  process.exitCode = 1;
  interruption.abort(error);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Where the folder was removed under us, a name in which nothing is found: commands that need none still work. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry in the user database, as in many containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** better-sqlite3's addon out of the executable; undefined when run from sources, where the package finds its own. */
async function nativeBinding(): Promise<object | undefined> {
  const fileName = isSea() ? getAssetKeys().find((key) => key.endsWith('.node')) : undefined;
  if (fileName === undefined) return undefined;
  const { loadNativeAddon } = await import('./catalog/native-addon.ts');
  return loadNativeAddon({
    fileName,
    bytes: new Uint8Array(getRawAsset(fileName)),
    platform: process.platform,
    uid: process.geteuid?.(),
    env: process.env,
    dlopen: (module, file) => process.dlopen(module, file),
  });
}

void main();
