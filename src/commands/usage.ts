/**
 * From the words that were typed to the words that the parser gets: the command's name first, every flag by its long
 * name, operands after `--`. Whatever is wrong with a word is said here, briefly and with the nearest right one: the
 * parser would answer with every flag that there is.
 */
import type { CommandSpec, FlagSpec } from './command-spec.ts';
import { isFlag, readFlag, WrongWord } from './flag-words.ts';
import { nearest } from './nearest.ts';

export type CommandLine =
  | { readonly kind: 'overview' }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly command: CommandSpec }
  | { readonly kind: 'run'; readonly command: CommandSpec; readonly words: readonly string[] };

/** Throws a WrongWord. */
export function readCommandLine(commands: readonly CommandSpec[], words: readonly string[]): CommandLine {
  if (words.length === 0) return { kind: 'overview' };
  const found = findCommand(commands, words);
  const name = found === undefined ? undefined : words[found];
  if (name === undefined) return withoutCommand(commands, words);
  const rest = words.filter((_, index) => index !== found);
  if (name === 'help') {
    const [topic] = rest.filter((word) => !word.startsWith('-'));
    return topic === undefined ? { kind: 'overview' } : { kind: 'help', command: named(commands, topic) };
  }
  const command = named(commands, name);
  if (asksForHelp(command.flags, rest)) return { kind: 'help', command };
  return { kind: 'run', command, words: [command.name, ...normalised(command, rest)] };
}

function withoutCommand(commands: readonly CommandSpec[], words: readonly string[]): CommandLine {
  if (asksForHelp(flagsOf(commands), words)) return { kind: 'overview' };
  if (words.includes('--version')) return { kind: 'version' };
  throw new WrongWord(`no command is named; there are ${namesOf(commands)}`);
}

/** The position of the first word that is neither a flag nor the value of one. Throws a WrongWord. */
export function findCommand(commands: readonly CommandSpec[], words: readonly string[]): number | undefined {
  const flags = flagsOf(commands);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return undefined;
    if (!isFlag(word)) return index;
    if (isHelp(word) || word === '--version') continue;
    // A flag that no command has may take a value or not: what follows cannot be told apart.
    const read = readFlag({ name: '', flags }, words, index);
    index = read.next - 1;
  }
  return undefined;
}

function named(commands: readonly CommandSpec[], name: string): CommandSpec {
  const command = commands.find((known) => known.name === name);
  if (command !== undefined) return command;
  const likely = nearest(
    name,
    commands.map((known) => known.name),
  );
  const hint = likely === undefined ? `there are ${namesOf(commands)}` : `did you mean ${likely}?`;
  throw new WrongWord(`unknown command "${name}"; ${hint}`);
}

function asksForHelp(flags: readonly FlagSpec[], words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).some((word, index) => {
    if (!isHelp(word)) return false;
    const before = words[index - 1] ?? '';
    const owner = flags.find(({ names }) => names.includes(before));
    return owner?.takes !== 'value';
  });
}

/** The flags by their long names, then `--` and the operands. */
function normalised(command: CommandSpec, words: readonly string[]): readonly string[] {
  const flags: string[] = [];
  const operands: string[] = [];
  let bare: FlagSpec | undefined;
  for (let index = 0; index < words.length; ) {
    const word = words[index] ?? '';
    if (word === '--') {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (isFlag(word)) {
      const read = readFlag(command, words, index);
      flags.push(...read.words);
      bare = read.bare;
      index = read.next;
      continue;
    }
    checkOperand(command, { word, bare, before: operands });
    operands.push(word);
    bare = undefined;
    index++;
  }
  if (operands.includes('')) throw new WrongWord('an argument is empty', command.name);
  if (operands.length > 0) checkCount(command, operands);
  return operands.length === 0 ? flags : [...flags, '--', ...operands];
}

interface Operand {
  readonly word: string;
  readonly bare: FlagSpec | undefined;
  readonly before: readonly string[];
}

/** `--dry-run server` for `--dry-run=server`. */
function checkOperand(command: CommandSpec, { word, bare, before }: Operand): void {
  const isSurplus = before.length >= mostOperands(command);
  if (bare === undefined || !isSurplus) return;
  throw new WrongWord(`unexpected argument "${word}"; did you mean ${bare.name}=${word}?`, command.name);
}

function checkCount(command: CommandSpec, operands: readonly string[]): void {
  const surplus = operands[mostOperands(command)];
  if (surplus === undefined) return;
  const takes =
    command.operands === '' ? 'no argument' : `only one ${command.operands.replace(/^\[|\]$/g, '')}`;
  throw new WrongWord(`unexpected argument "${surplus}": ${command.name} takes ${takes}`, command.name);
}

function mostOperands({ operands }: CommandSpec): number {
  if (operands.includes('...')) return Number.POSITIVE_INFINITY;
  return operands === '' ? 0 : 1;
}

function isHelp(word: string): boolean {
  return word === '-h' || word === '--help';
}

function flagsOf(commands: readonly CommandSpec[]): readonly FlagSpec[] {
  return commands.flatMap(({ flags }) => flags);
}

function namesOf(commands: readonly CommandSpec[]): string {
  return commands.map(({ name }) => name).join(', ');
}
