/**
 * The hidden commands behind every shell's completion, in the protocol of kubectl's plugins (cobra's): candidates with
 * their descriptions, one a line, then `:` and what the shell shall do besides. Shells paste candidates into command
 * lines: names of others that a shell could take for more than a word are not offered.
 */
import type { ProcessContext } from '../../context.ts';
import { printable } from '../../output/printable.ts';
import type { BaseCommand } from '../base.ts';
import type { CommandSpec } from '../command-spec.ts';
import { withStreams } from '../streams.ts';
import { askInTime, candidateLine } from './ask-in-time.ts';
import { type Candidate, questionOf } from './question.ts';
import { answerTopic, topics } from './topics.ts';

/** cobra's ShellCompDirective: no file names; only folders; candidates stay in this order. */
const noFiles = 4;
const onlyFolders = 16;
const keepOrder = 32;

/** `__complete WORDS...`: prints what the last word may become; says nothing of what is wrong. */
export async function complete(
  commands: readonly CommandSpec[],
  words: readonly string[],
  host: ProcessContext,
): Promise<number> {
  const question = questionOf(commands, words.length === 0 ? [''] : words);
  const { begun, candidates, topics, files, taken } = question;
  const answers = await Promise.all(topics.map((topic) => askInTime(host, topic, question)));
  const found = new Map([...candidates, ...answers.flat()].map((one) => [one.word, one] as const));
  const lines = [...found.values()]
    .filter(({ word }) => word.startsWith(begun) && !taken.includes(word))
    .map(candidateLine);
  const directive = files === 'files' ? 0 : files === 'folders' ? onlyFolders : noFiles | keepOrder;
  host.stdout.write(`${lines.join('')}:${directive}\n`);
  return 0;
}

/** `__answer TOPIC BEGUN COMMAND [WORDS...]`: exit status 1 where there is no answer. */
export async function answer(command: BaseCommand, [name, begun = '']: readonly string[]): Promise<number> {
  const { host } = command.context;
  const silent = { write: () => {}, isTTY: false };
  const topic = topics.find((known) => known === name);
  const session = await command.openSession(withStreams(host, { stdout: silent, stderr: silent }));
  try {
    if (topic === undefined) return 1;
    // Who types has asked for nothing yet; and whoever is killed when the time is up leaves what they made.
    session.apps.use({ onlyLooks: true });
    const asked = { session, begun, catalog: command.catalogFlag, everywhere: command.isEverywhere };
    const candidates = await answerTopic(topic, asked);
    host.stdout.write(candidates.filter(isOneWord).map(shown).map(candidateLine).join(''));
    return 0;
  } catch {
    return 1;
  } finally {
    await session.close();
  }
}

function isOneWord({ word }: Candidate): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_./:=@%+,-]*$/u.test(word);
}

function shown({ word, description }: Candidate): Candidate {
  return { word, description: printable(description) };
}
