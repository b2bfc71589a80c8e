/** Runs the built program as an operator's shell does, on a machine with a home folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RestoreRecord } from '../../src/record/restore-record.ts';
import { checkout, cluster, scratch } from './cluster.ts';
import { tempFolder } from './temp-folder.ts';

export const program = join(checkout, 'dist', 'kubectl-nkvm');

export interface PluginOptions {
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Default: the home folder. */
  readonly cwd?: string;
}

export interface PluginResult {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One operator's machine; another one has none of its files. */
export class Operator {
  readonly #t: TestContext;
  readonly home: string;

  constructor(t: TestContext) {
    this.#t = t;
    this.home = tempFolder(t);
    mkdirSync(this.recordsFolder, { recursive: true });
  }

  get recordsFolder(): string {
    return join(this.home, 'state', 'kubectl-nkvm', 'records');
  }

  /** The incident records on this machine, in the order of their last change: names of one second have none. */
  records(): readonly RestoreRecord[] {
    const changedAt = (file: string): bigint => statSync(file, { bigint: true }).mtimeNs;
    // Beside them may be one that is being written, and what a run has kept of a pod.
    const names = readdirSync(this.recordsFolder).filter((name) =>
      /^\d{14}-[a-z0-9]{5}(-continued)?\.json$/.test(name),
    );
    const files = names.map((name) => join(this.recordsFolder, name));
    files.sort((left, right) => Number(changedAt(left) - changedAt(right)));
    return files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  }

  /** `kubectl nkvm ARGS…`, to its end. */
  run(args: readonly string[], options: PluginOptions = {}): Promise<PluginResult> {
    return this.start(args, options).exited;
  }

  start(args: readonly string[], options: PluginOptions = {}): RunningPlugin {
    if (!existsSync(program)) throw new Error(`${program} is not there: npm run build`);
    const { env, input = '', cwd = this.home } = options;
    const child = spawn(program, args, { cwd, env: { ...this.environment(), ...env } });
    child.stdin.on('error', () => {}).end(input);
    this.#t.after(() => child.kill('SIGKILL'));
    return new RunningPlugin(child);
  }

  environment(): Record<string, string> {
    const { kubeconfig, path } = cluster();
    return {
      PATH: path,
      HOME: this.home,
      NKVM_STATE_DIR: join(this.home, 'state'),
      // Shared: it holds nothing but the unpacked SQLite.
      NKVM_CACHE_DIR: join(scratch, 'cache'),
      NKVM_HELPER_IMAGE: 'nkvm.local/busybox:1',
      KUBECONFIG: kubeconfig,
    };
  }
}

export class RunningPlugin {
  readonly #child: ChildProcess;
  readonly exited: Promise<PluginResult>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ exitCode, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** When stderr has that text; rejects if the program ends without it. */
  async until(text: string | RegExp): Promise<void> {
    const found = () => (typeof text === 'string' ? this.stderr.includes(text) : text.test(this.stderr));
    await new Promise<void>((resolve, reject) => {
      const look = () => found() && resolve();
      this.#child.stderr?.on('data', look);
      this.#child.on('close', () => reject(new Error(`ended without ${text}:\n${this.stderr}`)));
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
