/** A shell on a pseudo-terminal, in which somebody types. */
import { spawn, spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import type { TestContext } from 'node:test';
import { shellCommand } from '../../src/domain/shell-words.ts';
import { executable } from './executable.ts';

export const tab = '\t';
const prompt = 'READY> ';

/** For `test`'s `skip`: why the shell cannot be typed in here. */
export function withoutShell(shell: string): string | false {
  for (const program of ['script', shell]) {
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed`;
  }
  return false;
}

/** The environment of a machine with the plugin on PATH. */
export function pluginEnvironment(cwd: string): Record<string, string> {
  return {
    PATH: [dirname(executable), process.env['PATH'] ?? ''].join(delimiter),
    HOME: cwd,
    NKVM_COMPLETION_TIMEOUT: '2m',
    LC_ALL: 'C',
  };
}

export interface TypedOptions {
  readonly cwd: string;
  /** The shell and its flags. */
  readonly shell: readonly string[];
  readonly lines: readonly string[];
}

/** What was shown after the last of the lines, which are typed one after the other, each when the prompt is there. */
export async function typed(t: TestContext, { cwd, shell, lines }: TypedOptions): Promise<string> {
  const env = {
    ...pluginEnvironment(cwd),
    TERM: 'dumb',
    PS1: prompt,
    PROMPT: prompt,
    INPUTRC: '/dev/null',
  };
  const child = spawn('script', ['-qec', shellCommand(shell), '/dev/null'], { cwd, env });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  const left = [...lines, 'exit'];
  let shown = '';
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // zsh asks even a dumb terminal to mark what is pasted.
    screen += text.replaceAll('\x1b[?2004h', '').replaceAll('\x1b[?2004l', '');
    if (!screen.endsWith(prompt)) return;
    if (left.length === 1) shown = screen;
    screen = '';
    child.stdin.write(`${left.shift() ?? ''}\n`);
  });
  await new Promise((resolve) => child.on('close', resolve));
  return shown.replaceAll('\r', '');
}

export interface Asked {
  readonly cwd: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Typed when `text` is on the screen, one after the other. */
  readonly keys: readonly (readonly [text: string, keys: string])[];
}

/** The plugin on a terminal of 60 columns, and what its screen got in all. */
export async function asked(t: TestContext, { cwd, words, env, keys }: Asked) {
  const line = `stty cols 60; exec ${shellCommand([executable, ...words])}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, LC_ALL: 'C', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  const left = [...keys];
  let screen = '';
  let from = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = left;
    const at = next === undefined ? -1 : screen.indexOf(next[0], from);
    if (next === undefined || at === -1) return;
    from = at + next[0].length;
    left.shift();
    child.stdin.write(next[1]);
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  return { exitCode, screen: screen.replaceAll('\r\n', '\n') };
}
