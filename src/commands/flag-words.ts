/**
 * Flags as kubectl reads them: `--flag value`, `--flag=value`, `-n shop`, `-nshop`, `-n=shop`, `-qA`. What is read is
 * said again by long names with `=`, so that no value can be taken for a flag. Throws where a word is wrong.
 */
import { UsageError } from 'clipanion';
import type { CommandSpec, FlagSpec } from './command-spec.ts';
import { nearest } from './nearest.ts';

/** A word of a command line is wrong; `command` is the one whose help says more, where it is known. */
export class WrongWord extends UsageError {
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

export interface ReadFlag {
  readonly words: readonly string[];
  /** Where the next word is read. */
  readonly next: number;
  /** A flag whose value was left out. */
  readonly bare?: FlagSpec | undefined;
}

/** A command, or all of them: then the name is empty. */
type Known = Pick<CommandSpec, 'name' | 'flags'>;

/** Reads the flag at `index`. Throws a WrongWord. */
export function readFlag(known: Known, words: readonly string[], index: number): ReadFlag {
  const word = words[index] ?? '';
  if (!word.startsWith('--')) return readShort(known, words, index);
  const at = word.indexOf('=');
  const name = at === -1 ? word : word.slice(0, at);
  const flag = flagNamed(known, name);
  if (at !== -1) return { words: withValue(known, flag, word.slice(at + 1)), next: index + 1 };
  if (flag.takes === 'value') return { words: nextValue(known, flag, words[index + 1]), next: index + 2 };
  return { words: [flag.name], next: index + 1, bare: flag.takes === 'optional-value' ? flag : undefined };
}

/** `-n shop`, `-nshop`, `-n=shop`, and several that take nothing in one word. */
function readShort(known: Known, words: readonly string[], index: number): ReadFlag {
  const word = words[index] ?? '';
  const read: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const flag = flagNamed(known, `-${word[at]}`, word);
    const rest = word.slice(at + 1);
    if (flag.takes === 'value') {
      if (rest === '')
        return { words: [...read, ...nextValue(known, flag, words[index + 1])], next: index + 2 };
      return { words: [...read, ...withValue(known, flag, rest.replace(/^=/, ''))], next: index + 1 };
    }
    if (rest.startsWith('='))
      return { words: [...read, ...withValue(known, flag, rest.slice(1))], next: index + 1 };
    read.push(flag.name);
  }
  return { words: read, next: index + 1 };
}

function flagNamed({ name: command, flags }: Known, name: string, word = name): FlagSpec {
  const flag = flags.find(({ names }) => names.includes(name));
  if (flag !== undefined) return flag;
  const likely = nearest(
    name,
    flags.map((known) => known.name),
  );
  const where = word === name ? '' : ` in ${word}`;
  const hint = likely === undefined || !name.startsWith('--') ? '' : `; did you mean ${likely}?`;
  throw new WrongWord(`unknown flag ${name}${where}${hint}`, command || undefined);
}

/** The next word, whatever it is, unless that is a flag itself. */
function nextValue(known: Known, flag: FlagSpec, word: string | undefined): readonly string[] {
  const isNextFlag =
    word !== undefined &&
    isFlag(word) &&
    (word === '--' || known.flags.some(({ names }) => names.includes(word.split('=', 1)[0] ?? '')));
  if (word === undefined || isNextFlag) {
    throw new WrongWord(`${flag.names.join(', ')} needs a value: ${flag.value}`, known.name || undefined);
  }
  return withValue(known, flag, word);
}

function withValue(known: Known, flag: FlagSpec, value: string): readonly string[] {
  const command = known.name || undefined;
  if (flag.takes === 'nothing') {
    if (value === 'true') return [flag.name];
    if (value === 'false') return [];
    throw new WrongWord(`${flag.name} takes no value, not "${value}"`, command);
  }
  if (value === '') throw new WrongWord(`${flag.names.join(', ')} is empty: give it a value`, command);
  return [`${flag.name}=${value}`];
}

/** `-` alone is a file: stdin. */
export function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}
