/**
 * What a word that is being typed may become, read from the words before it: candidates that the program knows, topics
 * to ask elsewhere for, and whether it may be a file. Never fails: who types is not done, and what is wrong with the
 * words is said when the command runs.
 */
import type { CommandSpec, FlagSpec } from '../command-spec.ts';
import { isFlag, readFlag, WrongWord } from '../flag-words.ts';
import { findCommand } from '../usage.ts';
import { fileFlags, flagTopics, flagWords, folderFlags, operandTopics, operandWords } from './known-words.ts';
import type { Topic } from './topics.ts';

export interface Candidate {
  readonly word: string;
  readonly description: string;
}

export interface Question {
  /** What has been typed of the word, without the `--flag=` before its value. */
  readonly begun: string;
  readonly candidates: readonly Candidate[];
  readonly topics: readonly Topic[];
  readonly files: 'none' | 'files' | 'folders';
  /** Operands that were typed already. */
  readonly taken: readonly string[];
  /** The command and what is typed of it, for those who answer the topics. */
  readonly words: readonly string[];
}

/** `words` end with the one that is being typed; it may be empty. */
export function questionOf(commands: readonly CommandSpec[], words: readonly string[]): Question {
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = findTyped(commands, before);
  const name = found === undefined ? undefined : before[found];
  if (name === undefined) return withoutCommand(commands, before, begun);
  const rest = before.filter((_, index) => index !== found);
  const command = commands.find((known) => known.name === name);
  if (name === 'help') return { ...nothing, begun, candidates: named(commands), words: [] };
  if (command === undefined) return { ...nothing, begun, words: [] };
  const typed = readTyped(command, rest);
  const complete = typed.waiting === undefined ? rest : rest.slice(0, -1);
  return { ...ofCommand(command, typed, begun), words: [name, ...complete] };
}

type Answerable = Omit<Question, 'words'>;

const nothing = { begun: '', candidates: [], topics: [], files: 'none', taken: [] } as const;

function findTyped(commands: readonly CommandSpec[], before: readonly string[]): number | undefined {
  try {
    return findCommand(commands, before);
  } catch (error) {
    if (error instanceof WrongWord) return undefined;
    throw error;
  }
}

/** A flag's value may be typed before the command: the first one that has the flag is asked. */
function withoutCommand(
  commands: readonly CommandSpec[],
  before: readonly string[],
  begun: string,
): Question {
  for (const command of commands) {
    const { waiting } = readTyped(command, before);
    if (waiting !== undefined)
      return { ...valueQuestion(command, waiting, begun), words: [command.name, ...before.slice(0, -1)] };
  }
  const [first] = commands;
  if (!begun.startsWith('-') || first === undefined)
    return { ...nothing, begun, candidates: named(commands), words: [] };
  const common = first.flags.filter(({ name }) =>
    commands.every(({ flags }) => flags.some((flag) => flag.name === name)),
  );
  return { ...nothing, begun, candidates: common.flatMap((flag) => flagCandidates(first, flag)), words: [] };
}

function ofCommand(command: CommandSpec, typed: Typed, begun: string): Answerable {
  const { given, operands, waiting, isAfterEnd } = typed;
  if (waiting !== undefined) return valueQuestion(command, waiting, begun);
  if (!isAfterEnd && begun.startsWith('-')) {
    const at = begun.indexOf('=');
    const flag = command.flags.find(({ names }) => names.includes(begun.slice(0, at)));
    if (at !== -1)
      return flag === undefined ? { ...nothing, begun } : valueQuestion(command, flag, begun.slice(at + 1));
    const open = command.flags.filter(
      ({ name, description }) => !given.includes(name) || description.endsWith('repeatable'),
    );
    return { ...nothing, begun, candidates: open.flatMap((one) => flagCandidates(command, one)) };
  }
  const isMany = command.operands.includes('...');
  if (command.operands === '' || (operands.length > 0 && !isMany)) return { ...nothing, begun };
  return {
    ...nothing,
    begun,
    candidates: (operandWords[command.name] ?? []).map(([word, description]) => ({ word, description })),
    topics: operandTopics[command.name] ?? [],
    taken: operands,
  };
}

interface Typed {
  /** Long names of the flags. */
  readonly given: readonly string[];
  readonly operands: readonly string[];
  /** The flag whose value is being typed. */
  readonly waiting?: FlagSpec;
  /** Behind `--`. */
  readonly isAfterEnd: boolean;
}

function readTyped(command: CommandSpec, before: readonly string[]): Typed {
  const given: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < before.length; ) {
    const word = before[index] ?? '';
    if (word === '--')
      return { given, operands: [...operands, ...before.slice(index + 1)], isAfterEnd: true };
    const read = isFlag(word) ? flagAt(command, before, index) : undefined;
    if (read === undefined) operands.push(...(isFlag(word) ? [] : [word]));
    given.push(...(read?.names ?? []));
    index = read?.next ?? index + 1;
    const waiting =
      index > before.length ? command.flags.find(({ name }) => name === given.at(-1)) : undefined;
    if (waiting !== undefined) return { given, operands, waiting, isAfterEnd: false };
  }
  return { given, operands, isAfterEnd: false };
}

/** Undefined where it is no flag of the command. */
function flagAt(command: CommandSpec, before: readonly string[], index: number) {
  try {
    // The value that is still to be typed.
    const { words, next } = readFlag(command, [...before, 'value'], index);
    return { names: words.map((word) => word.split('=', 1)[0] ?? ''), next };
  } catch (error) {
    if (error instanceof WrongWord) return undefined;
    throw error;
  }
}

function valueQuestion(command: CommandSpec, flag: FlagSpec, begun: string): Answerable {
  const { name } = flag;
  return {
    ...nothing,
    begun,
    candidates: wordsOf(command, flag).map((word) => ({ word, description: '' })),
    topics: (flagTopics[name] ?? []).filter(
      (topic) => topic !== 'backed-up-namespaces' || readsCatalog(command),
    ),
    files: fileFlags.includes(name) ? 'files' : folderFlags.includes(name) ? 'folders' : 'none',
  };
}

/** A flag whose value may be left out takes one only behind `=`. */
function flagCandidates(command: CommandSpec, flag: FlagSpec): readonly Candidate[] {
  const { name, takes, description } = flag;
  const values = takes === 'optional-value' ? wordsOf(command, flag) : [];
  return [name, ...values.map((value) => `${name}=${value}`)].map((word) => ({ word, description }));
}

function wordsOf(command: CommandSpec, { name }: FlagSpec): readonly string[] {
  return name === '--output' ? command.formats : (flagWords[name] ?? []);
}

function readsCatalog({ flags }: CommandSpec): boolean {
  return flags.some(({ name }) => name === '--catalog');
}

function named(commands: readonly CommandSpec[]): readonly Candidate[] {
  return commands.map(({ name, description }) => ({ word: name, description }));
}
