/**
 * Asks another process of this program for a topic, and has no answer when it takes too long. A database that is
 * locked and a credential plugin that waits for somebody block the process they are in: only from outside can they be
 * given up.
 */
import { spawn } from 'node:child_process';
import type { ProcessContext } from '../../context.ts';
import { parseDuration } from '../../domain/time.ts';
import { answerWord } from './hidden-words.ts';
import type { Candidate, Question } from './question.ts';
import type { Topic } from './topics.ts';

const usualMs = 300;

/** Empty where nothing is known in time. */
export function askInTime(
  { program, cwd, env, platform, signal, kill }: ProcessContext,
  topic: Topic,
  { begun, words }: Pick<Question, 'begun' | 'words'>,
): Promise<readonly Candidate[]> {
  const [file = '', ...args] = program;
  return new Promise((resolve) => {
    const child = spawn(file, [...args, answerWord, topic, begun, ...words], {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that a credential plugin ends with it, and asks nobody on the terminal.
      detached: platform !== 'win32',
      windowsHide: true,
    });
    const giveUp = (): void => {
      if (platform === 'win32') child.kill();
      else if (child.pid !== undefined) kill(-child.pid, 'SIGKILL');
    };
    const over = AbortSignal.any([signal, AbortSignal.timeout(budgetMs(env['NKVM_COMPLETION_TIMEOUT']))]);
    over.addEventListener('abort', giveUp, { once: true });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    child.on('error', () => resolve([]));
    child.on('exit', (code) => {
      over.removeEventListener('abort', giveUp);
      if (code === 0) return;
      // What the killed one had started may keep the pipe open.
      child.stdout.destroy();
      resolve([]);
    });
    child.on('close', () => resolve(candidatesIn(answer)));
  });
}

function budgetMs(text: string | undefined): number {
  if (!text) return usualMs;
  try {
    return parseDuration(text) * 1000 || usualMs;
  } catch {
    return usualMs;
  }
}

export function candidateLine({ word, description }: Candidate): string {
  return description === '' ? `${word}\n` : `${word}\t${description}\n`;
}

function candidatesIn(text: string): readonly Candidate[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [word = '', description = ''] = line.split('\t');
      return { word, description };
    });
}
