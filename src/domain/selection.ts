/**
 * `--include` and `--exclude`: which paths of an archive are restored. What no include matches is left out, where there
 * is any include; what an exclude matches is left out in any case, with all that is below it.
 */
import type { Glob } from './glob.ts';
import { shellWord } from './shell-words.ts';

/** `above`: not selected itself, but what is below it may be. */
export type Standing = 'selected' | 'above' | 'left-out';

export class Selection {
  readonly #include: readonly Glob[];
  readonly #exclude: readonly Glob[];
  /** Patterns that have matched nothing so far. */
  readonly #unmatched: Set<Glob>;

  constructor({
    include,
    exclude,
  }: { readonly include: readonly Glob[]; readonly exclude: readonly Glob[] }) {
    this.#include = include;
    this.#exclude = exclude;
    this.#unmatched = new Set([...include, ...exclude]);
  }

  get isWhole(): boolean {
    return this.#include.length === 0 && this.#exclude.length === 0;
  }

  /** As the operator wrote them. */
  get patterns(): { readonly include: readonly string[]; readonly exclude: readonly string[] } {
    return { include: textsOf(this.#include), exclude: textsOf(this.#exclude) };
  }

  /** The patterns that matched none of the paths asked about. */
  get unmatched(): readonly string[] {
    return textsOf([...this.#unmatched]);
  }

  standingOf(path: string): Standing {
    const isIncluded = this.#matchesAny(this.#include, path);
    const isExcluded = this.#matchesAny(this.#exclude, path);
    if (isExcluded) return 'left-out';
    return isIncluded || this.#include.length === 0 ? 'selected' : 'above';
  }

  #matchesAny(globs: readonly Glob[], path: string): boolean {
    let found = false;
    for (const glob of globs) {
      if (found && !this.#unmatched.has(glob)) continue;
      if (!glob.matches(path)) continue;
      this.#unmatched.delete(glob);
      found = true;
    }
    return found;
  }
}

function textsOf(globs: readonly Glob[]): readonly string[] {
  return globs.map(({ text }) => text);
}

/** The patterns as they are typed to a shell. */
export function selectionFlags({ patterns }: Selection): readonly string[] {
  return [
    ...patterns.include.map((text) => `--include ${shellWord(text)}`),
    ...patterns.exclude.map((text) => `--exclude ${shellWord(text)}`),
  ];
}

/** A line for each pattern that matched no member. */
export function unmatchedWarnings(patterns: readonly string[]): readonly string[] {
  return patterns.map((text) => `the pattern ${shellWord(text)} matches no member of the archive`);
}
