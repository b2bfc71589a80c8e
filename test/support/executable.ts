/** The built program as a process of its own, for what only a process can show: pipes, signals, terminals. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hostTarget, programFile } from '../../scripts/build/targets.ts';

export const executable = fileURLToPath(new URL(`../../dist/${programFile(hostTarget())}`, import.meta.url));

/** For `test`'s `skip`: building takes longer than these tests. */
export const notBuilt = existsSync(executable) ? false : 'dist/kubectl-nkvm is not built: npm run build';

export interface ProcessOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent as soon as `text` is on stderr. */
  readonly interrupt?: { readonly signal: NodeJS.Signals; readonly text: string };
}

/** Runs a program with nothing of this process's environment but PATH. */
export async function runProcess(program: string, args: readonly string[], options: ProcessOptions) {
  const { cwd, input = '', env = {}, interrupt } = options;
  const child = spawn(program, args, { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env } });
  let stdout = '';
  let stderr = '';
  let isInterrupted = false;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (interrupt === undefined || isInterrupted || !stderr.includes(interrupt.text)) return;
    isInterrupted = true;
    child.kill(interrupt.signal);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { exitCode, stdout, stderr };
}
