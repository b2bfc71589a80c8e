/** A pod's shell on this machine: what would run in the app's container runs here, with the programs of one toolset. */
import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppShell } from '../../src/app/app-shell.ts';
import type { Cluster, Exec } from '../../src/cluster/cluster.ts';
import type { Reporter } from '../../src/runbook/reporter.ts';
import type { Run } from '../../src/runbook/run.ts';

export interface LocalShell {
  readonly run: Run;
  readonly shell: AppShell;
  /** What `--verbose` would show. */
  readonly said: readonly string[];
}

export interface LocalShellOptions {
  /** The PATH. */
  readonly path: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as. */
  readonly as?: number;
  /** How long it may say nothing; default a minute. */
  readonly mostSeconds?: number;
}

export function localShell(t: TestContext, options: LocalShellOptions): LocalShell {
  const said: string[] = [];
  const reporter = { detail: (line: string) => said.push(line) } as unknown as Reporter;
  const clock = {
    now: () => new Date(),
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      sleep(milliseconds, undefined, signal && { signal }),
  };
  const cluster = { exec: execHere(options) } as unknown as Cluster;
  const { signal } = new AbortController();
  const run = { reporter, clock, cluster, signal } as unknown as Run;
  const pod = { namespace: 'here', name: 'here', uid: 'here', container: 'app' };
  const shell = new AppShell(run, pod, options.mostSeconds);
  t.after(() => shell.close());
  return { run, shell, said };
}

function execHere({ path, cwd, env = {}, as }: LocalShellOptions): Exec {
  return async (_, [program = '', ...args], { stdin, onStdout, signal } = {}) => {
    const identity = as === undefined ? {} : { uid: as, gid: as };
    const child = spawn(program, args, { ...(cwd && { cwd }), env: { ...env, PATH: path }, ...identity });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.on('data', (chunk: Buffer) => onStdout?.(chunk));
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? -1));
    });
    signal?.addEventListener('abort', () => child.stdin.end());
    void (async () => {
      for await (const chunk of stdin ?? []) child.stdin.write(chunk);
      child.stdin.end();
    })();
    return { exitCode: await ended, stderr };
  };
}
