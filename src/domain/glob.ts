/**
 * Patterns for paths of a volume, as users of restic, rsync and .gitignore expect them:
 *   `*` any characters of one name, `?` one character, `[a-z]` and `[!a-z]` one of a set, `\` takes the next literally;
 *   `**` as a whole name: any number of folders, none too; at the end: all that is below, not the folder itself;
 *   a leading `/` (or `./`, as archives spell it) anchors at the volume's root, else the pattern may begin at any folder;
 *   a folder that matches takes all that is below it; a slash at the end changes nothing.
 * Names are bytes; a byte that is not UTF-8 counts as one character, which `?` and `*` match.
 */
import { pathText } from './archive-path.ts';

export interface Glob {
  /** As the operator wrote it. */
  readonly text: string;
  /** Whether the normalised path, or a folder above it, matches. The volume's root matches only `/`. */
  matches(path: string): boolean;
}

/** Throws an Error whose message names the pattern and what is wrong with it. */
export function parseGlob(text: string): Glob {
  const isAnchored = /^\.?\//.test(text) || text === '.';
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  if (text === '') throw new Error('the pattern is empty');
  if (names.includes('..')) throw new Error(`"${text}" has a ".." in it: a pattern cannot leave the volume`);
  if (names.length === 0) return { text, matches: () => true };
  const start = isAnchored ? '^' : '(?:^|/)';
  const regex = new RegExp(`${start}${namesPattern(text, names)}(?:/|$)`, 'su');
  return { text, matches: (path) => path !== '.' && regex.test(pathText(path)) };
}

const anyFolders = '(?:[^/]+/)*';

function namesPattern(text: string, names: readonly string[]): string {
  const last = names.length - 1;
  return names
    .map((name, index) => {
      if (name !== '**') return `${namePattern(text, name)}${index === last ? '' : '/'}`;
      return index === last ? '[^/]+' : anyFolders;
    })
    .join('');
}

/** Every literal character is written by its number, so that none can mean anything to the regular expression. */
function namePattern(text: string, name: string): string {
  const characters = [...name];
  let pattern = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') pattern += '[^/]*';
    else if (character === '?') pattern += '[^/]';
    else if (character === '[') {
      const set = readSet(text, characters, at);
      pattern += set.pattern;
      at = set.end;
    } else if (character === '\\') {
      at++;
      pattern += literal(escaped(text, characters[at]));
    } else pattern += literal(character);
  }
  return pattern;
}

interface CharacterSet {
  readonly pattern: string;
  /** Where its `]` is. */
  readonly end: number;
}

/** From the `[` at `start`. A `]` that comes first is one of the set, as in a shell. */
function readSet(text: string, characters: readonly string[], start: number): CharacterSet {
  const isNegated = characters[start + 1] === '!' || characters[start + 1] === '^';
  const first = start + (isNegated ? 2 : 1);
  let body = '';
  for (let at = first; at < characters.length; at++) {
    if (characters[at] === ']' && at > first) {
      return { pattern: isNegated ? `[^/${body}]` : `(?!/)[${body}]`, end: at };
    }
    if (characters[at] === '[' && characters[at + 1] === ':') {
      throw new Error(`"${text}" has a [: in a set: name the characters themselves, as in [0-9]`);
    }
    const from = takeOne(text, characters, at);
    const isRange = characters[from.end + 1] === '-' && ![']', undefined].includes(characters[from.end + 2]);
    const to = isRange ? takeOne(text, characters, from.end + 2) : from;
    if (codeOf(from.character) > codeOf(to.character)) {
      throw new Error(`"${text}" has the range ${from.character}-${to.character}, which is backwards`);
    }
    body += isRange ? `${literal(from.character)}-${literal(to.character)}` : literal(from.character);
    at = to.end;
  }
  throw new Error(`"${text}" has a [ without its ]: write \\[ for the character itself`);
}

function takeOne(
  text: string,
  characters: readonly string[],
  at: number,
): { readonly character: string; readonly end: number } {
  if (characters[at] !== '\\') return { character: characters[at] ?? '', end: at };
  return { character: escaped(text, characters[at + 1]), end: at + 1 };
}

function escaped(text: string, character: string | undefined): string {
  if (character !== undefined) return character;
  throw new Error(`"${text}" has nothing after its last \\: write \\\\ for the character itself`);
}

function literal(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
