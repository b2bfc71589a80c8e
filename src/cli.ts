/**
 * The command line: which commands there are, and the split between a wrong command line (exit 2, on stderr, nothing
 * has been read yet) and a run, whose outcome is the command's own. clipanion prints errors on stdout and exits 1: its
 * parser is used, its runner is not.
 */
import { Cli, type Command, UsageError } from 'clipanion';
import type { BaseCommand, NkvmContext } from './commands/base.ts';
import { CleanupCommand } from './commands/cleanup.ts';
import { ListCommand } from './commands/list.ts';
import { RestoreCommand } from './commands/restore.ts';
import { ValidateCommand } from './commands/validate.ts';
import { VerifyCommand } from './commands/verify.ts';
import { VersionCommand } from './commands/version.ts';
import type { ProcessContext } from './context.ts';

export const programName = 'kubectl nkvm';

export function createCli(version: string): Cli<NkvmContext> {
  const cli = new Cli<NkvmContext>({
    binaryLabel: 'Restores PVC backups of nerdy-k8s-volume-manager: the restore runbook as one command',
    binaryName: programName,
    binaryVersion: version,
    enableColors: false,
  });
  for (const command of [
    ListCommand,
    ValidateCommand,
    RestoreCommand,
    VerifyCommand,
    CleanupCommand,
    VersionCommand,
  ]) {
    cli.register(command);
  }
  return cli;
}

/** Runs one command line, without the program's name. Returns the exit status. */
export async function runCli(words: readonly string[], host: ProcessContext): Promise<number> {
  const cli = createCli(host.version);
  if (words.length === 0 || (words.length === 1 && /^(-h|--help|help)$/.test(words[0] ?? ''))) {
    host.stdout.write(overview(cli));
    return 0;
  }
  if (words.length === 1 && words[0] === '--version') {
    host.stdout.write(`${host.version}\n`);
    return 0;
  }
  let command: Command<NkvmContext>;
  try {
    command = cli.process(commandFirst(cli, words), { host });
  } catch (error) {
    host.stderr.write(`error: ${usageMessage(error, cli)}\n`);
    return 2;
  }
  if (command.help) {
    host.stdout.write(`${cli.usage(command, { detailed: true }).trimEnd()}\n`);
    return 0;
  }
  return (command as BaseCommand).runToExit(words);
}

/** Flags may stand before the command's name; the parser wants the name first. */
function commandFirst(cli: Cli<NkvmContext>, words: readonly string[]): string[] {
  const valued = flagsWithValue(cli);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') break;
    if (!word.startsWith('-')) return [word, ...words.slice(0, index), ...words.slice(index + 1)];
    if (valued.has(word)) index++;
  }
  return [...words];
}

function flagsWithValue(cli: Cli<NkvmContext>): ReadonlySet<string> {
  const options = cli.definitions().flatMap((definition) => definition.options);
  return new Set(
    options.flatMap(({ definition }) => {
      const [names = '', value] = definition.split(' ');
      return value === undefined ? [] : names.split(',');
    }),
  );
}

function usageMessage(error: unknown, cli: Cli<NkvmContext>): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError) return error.message;
  const [first = '', ...rest] = error.message.split('\n');
  const lines = [first, ...rest].filter((line) => line.trim() !== '');
  const known = cli.definitions().map(({ path }) => path.replace(`${programName} `, ''));
  return `${lines.join('\n')}\nCommands: ${known.join(', ')}. See \`${programName} COMMAND --help\`.`;
}

function overview(cli: Cli<NkvmContext>): string {
  const rows = cli
    .definitions()
    .map(({ path, description }) => `  ${path.padEnd(26)}${description?.trim() ?? ''}`);
  return [
    'Restores PVC backups of nerdy-k8s-volume-manager (NKVM): its restore runbook as one command.',
    '',
    'Usage: kubectl nkvm COMMAND [flags]',
    '',
    ...rows,
    '',
    'Exit status: 0 done, 1 no connection, 2 wrong command line, 11 archive or history, 12 refused before or',
    'while stopping writers, 13 restore pod, 14 copy and extract, 15 data or application verification,',
    '16 done but something was left behind, 130/143 interrupted.',
    '',
    'See `kubectl nkvm COMMAND --help` for flags and examples.',
    '',
  ].join('\n');
}
