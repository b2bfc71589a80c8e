/** Help as plain text, fitted to a width. The same text is the reference in the README. */
import { wrapWords } from '../output/text-width.ts';
import { type CommandSpec, type FlagSpec, programName } from './command-spec.ts';

export const exitStatuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'no connection before any step (kubeconfig, TLS, token), this machine refuses, or a bug'],
  ['2', 'the command line alone is wrong'],
  ['11', 'something is wrong with the catalogue, the name or the archive (step 1)'],
  ['12', 'the cluster refuses before or in step 2: claim, writers, permissions, another run'],
  ['13', 'the restore pod (step 3)'],
  ['14', 'copy and extract (step 4)'],
  ['15', 'data or application verification (step 5); `verify` found differences'],
  ['16', 'the data is back and the application is up, but something was left behind (step 6)'],
  ['130', 'interrupted by SIGINT, or answered with no'],
  ['143', 'ended by SIGTERM or SIGHUP'],
];

const narrowest = 60;
const widest = 100;

/** The columns that a stream of this many has for help; undefined is no terminal. */
export function helpWidth(columns: number | undefined): number {
  return Math.min(widest, Math.max(narrowest, columns || 80));
}

/** What there is, for `kubectl nkvm` alone. Ends with a newline. */
export function overview(commands: readonly CommandSpec[], width: number): string {
  const title =
    'Restores PVC backups of nerdy-k8s-volume-manager (NKVM): its restore runbook as one command.';
  return sections([
    lines(wrapWords(title, width)),
    `Usage: ${programName} COMMAND [flags]\n`,
    `Commands:\n${rows(
      commands.map(({ name, description }) => [name, description]),
      width,
    )}`,
    statusText(width),
    `See \`${programName} COMMAND --help\` for flags and examples.\n`,
  ]);
}

/** Ends with a newline. */
export function commandHelp(commands: readonly CommandSpec[], command: CommandSpec, width: number): string {
  const { name, operands, description, details, examples, exitCodes } = command;
  const { own, output, connection } = flagGroups(commands, command);
  const usage = [programName, name, operands, '[flags]'].filter((word) => word !== '').join(' ');
  const groups: readonly (readonly [string, readonly FlagSpec[]])[] = [
    ['Flags', own],
    ['Output flags', output],
    ['Connection flags', connection],
  ];
  return sections([
    lines(wrapWords(`${description.charAt(0).toUpperCase()}${description.slice(1)}.`, width)),
    `Usage: ${usage}\n`,
    lines(wrapWords(details, width)),
    ...groups.map(([title, flags]) => (flags.length === 0 ? '' : `${title}:\n${flagTable(flags, width)}`)),
    `Examples:\n${examples.map(([title, line]) => `  # ${title}\n  ${line}\n`).join('')}`,
    statusText(width, exitCodes),
  ]);
}

export interface FlagGroups {
  readonly own: readonly FlagSpec[];
  readonly output: readonly FlagSpec[];
  /** As kubectl has them. */
  readonly connection: readonly FlagSpec[];
}

/** A command's own flags, and those that every command has. */
export function flagGroups(commands: readonly CommandSpec[], { flags }: CommandSpec): FlagGroups {
  const answers = ['--output', '--quiet', '--verbose', '--color'];
  const isCommon = (flag: FlagSpec) =>
    commands.every((other) => other.flags.some(({ name }) => name === flag.name));
  const isOutput = ({ name }: FlagSpec) => answers.includes(name);
  const common = flags.filter(isCommon);
  return {
    own: flags.filter((flag) => !isCommon(flag)),
    output: common.filter(isOutput),
    connection: common.filter((flag) => !isOutput(flag)),
  };
}

/** `-o, --output FORMAT`; a flag without a short name stands below the long names of the others. */
function flagText({ names, value }: FlagSpec): string {
  const joined = names.length > 1 ? names.join(', ') : `    ${names[0] ?? ''}`;
  return value.startsWith('[') && value.startsWith('[=')
    ? `${joined}${value}`
    : `${joined} ${value}`.trimEnd();
}

function flagTable(flags: readonly FlagSpec[], width: number): string {
  return rows(
    flags.map((flag) => [flagText(flag), flag.description]),
    width,
  );
}

const widestLeft = 32;
const gap = 3;

/** Two columns; where the left one is too wide or the whole too narrow, the text goes below. */
function rows(cells: readonly (readonly [left: string, right: string])[], width: number): string {
  const widths = cells.map(([left]) => left.length).filter((columns) => columns <= widestLeft);
  const column = Math.min(Math.max(...widths, 0) + gap, Math.floor(width / 2)) + 2;
  return cells
    .map(([left, right]) => {
      const [first = '', ...more] = wrapWords(right, width - column);
      const indented = (text: string) => `${' '.repeat(column)}${text}`.trimEnd();
      const label = `  ${left}`;
      const fits = label.length + 2 <= column;
      const head = fits ? [`${label.padEnd(column)}${first}`.trimEnd()] : [label, indented(first)];
      return lines([...head, ...more.map(indented)]);
    })
    .join('');
}

/** Without `codes`: all that there are. */
function statusText(width: number, codes?: readonly number[]): string {
  return `Exit status:\n${rows(
    exitStatuses.filter(([status]) => codes === undefined || codes.includes(Number(status))),
    width,
  )}`;
}

function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
