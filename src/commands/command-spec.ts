/**
 * What the help prints and the command line is checked against: one description of each command, made from the options
 * that clipanion knows. A description's back-quoted word is the name of the value, as in kubectl's own flags; `[=N]`
 * marks a value that may be left out and then needs the `=`.
 */
import type { Cli } from 'clipanion';
import type { BaseCommand, NkvmContext } from './base.ts';

export const programName = 'kubectl nkvm';

export interface FlagSpec {
  /** `-o` and `--output`, or the long name alone. */
  readonly names: readonly string[];
  /** The long name. */
  readonly name: string;
  readonly takes: 'nothing' | 'value' | 'optional-value';
  /** `FORMAT`, or `[=N]`; empty for a flag that takes nothing. */
  readonly value: string;
  readonly description: string;
}

export interface CommandSpec {
  readonly name: string;
  /** `[PVC...]`; empty for a command that takes flags only. */
  readonly operands: string;
  readonly description: string;
  /** One paragraph; empty where the description says it all. */
  readonly details: string;
  readonly examples: readonly (readonly [title: string, command: string])[];
  readonly formats: readonly string[];
  /** What it can end with. */
  readonly exitCodes: readonly number[];
  readonly flags: readonly FlagSpec[];
}

/** A concrete command: its class can be made without arguments. */
export type CommandType = typeof BaseCommand & { new (): BaseCommand };

/** `parser` knows this command alone. */
export function commandSpec(
  { paths, operands, formats, exitCodes, usage }: CommandType,
  parser: Cli<NkvmContext>,
): CommandSpec {
  const [definition] = parser.definitions();
  const examples = (usage?.examples ?? []).map(
    ([title, line]) => [title, line.replaceAll('$0', programName)] as const,
  );
  return {
    name: paths?.[0]?.join(' ') ?? '',
    operands,
    description: usage?.description ?? '',
    details: (usage?.details ?? '').replace(/\s+/g, ' ').trim(),
    examples,
    formats,
    exitCodes,
    flags: (definition?.options ?? []).map((option) => flagSpec(option, formats)),
  };
}

function flagSpec(
  { definition, description = '' }: { definition: string; description?: string },
  formats: readonly string[],
): FlagSpec {
  const [joined = '', placeholder] = definition.split(' ');
  const names = joined.split(',');
  const name = names.at(-1) ?? '';
  const value = /`([^`]*)`/.exec(description)?.[1] ?? '';
  const isOptional = value.startsWith('[=');
  const text = isOptional
    ? description.replace(`\`${value}\``, value.slice(2, -1))
    : description.replaceAll('`', '');
  const takes = isOptional ? 'optional-value' : placeholder === undefined ? 'nothing' : 'value';
  const said = name === '--output' ? text.replace(' (', `: ${formats.join(', ')} (`) : text;
  return { names, name, takes, value, description: said };
}
