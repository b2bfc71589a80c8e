/** The built program on a terminal, by util-linux's `script`. */
import { spawn } from 'node:child_process';
import type { TestContext } from 'node:test';
import { shellCommand } from '../../src/domain/shell-words.ts';
import { type Operator, program, RunningPlugin } from './plugin.ts';

export interface TerminalSession {
  /** Both streams of the program come on stderr, as a terminal shows them. */
  readonly running: RunningPlugin;
  readonly type: (keys: string) => void;
  /** Takes the terminal away, as a closed window or a lost connection does. */
  readonly hangUp: () => void;
}

export const ctrlC = '\x03';

export function startInTerminal(
  t: TestContext,
  operator: Operator,
  args: readonly string[],
): TerminalSession {
  const command = shellCommand([program, ...args]);
  const child = spawn('sh', ['-c', 'exec script -qec "$1" /dev/null >&2', 'sh', command], {
    cwd: operator.home,
    env: { ...operator.environment(), TERM: 'xterm', NO_COLOR: '1' },
  });
  child.stdin.on('error', () => {});
  t.after(() => child.kill('SIGKILL'));
  return {
    running: new RunningPlugin(child),
    type: (keys) => child.stdin.write(keys),
    hangUp: () => child.kill('SIGKILL'),
  };
}
