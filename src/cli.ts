/**
 * The command line: which commands there are, and the split between a wrong command line (exit 2, on stderr, nothing
 * has been read yet) and a run, whose outcome is the command's own. clipanion prints errors on stdout and exits 1: its
 * parser is used, its runner is not, and no word reaches the parser that it would refuse.
 */
import { Cli } from 'clipanion';
import type { BaseCommand, NkvmContext } from './commands/base.ts';
import { CleanupCommand } from './commands/cleanup.ts';
import { type CommandSpec, type CommandType, commandSpec, programName } from './commands/command-spec.ts';
import { describeFailure } from './commands/failure.ts';
import { WrongWord } from './commands/flag-words.ts';
import { commandHelp, helpWidth, overview } from './commands/help.ts';
import { ListCommand } from './commands/list.ts';
import { RestoreCommand } from './commands/restore.ts';
import { Session } from './commands/session.ts';
import { type CommandLine, readCommandLine } from './commands/usage.ts';
import { ValidateCommand } from './commands/validate.ts';
import { VerifyCommand } from './commands/verify.ts';
import { VersionCommand } from './commands/version.ts';
import type { ProcessContext } from './context.ts';

const commandTypes: readonly CommandType[] = [
  ListCommand,
  ValidateCommand,
  RestoreCommand,
  VerifyCommand,
  CleanupCommand,
  VersionCommand,
];

export function commandSpecs(): readonly CommandSpec[] {
  return commandTypes.map((type) => commandSpec(type, parserOf(type)));
}

/** Runs one command line, without the program's name. Returns the exit status. */
export async function runCli(words: readonly string[], host: ProcessContext): Promise<number> {
  const commands = commandSpecs();
  const line = read(commands, words, host);
  if (line === undefined) return 2;
  const width = helpWidth(host.stdout.isTTY ? host.stdout.columns : undefined);
  if (line.kind === 'overview') host.stdout.write(overview(commands, width));
  else if (line.kind === 'version') host.stdout.write(`${host.version}\n`);
  else if (line.kind === 'help') host.stdout.write(commandHelp(commands, line.command, width));
  else return parseCommand(line.words, host).runToExit();
  return 0;
}

/** The command with its options, from words as `readCommandLine` gives them. */
export function parseCommand([name = '', ...words]: readonly string[], host: ProcessContext): BaseCommand {
  const type = commandTypes.find(({ paths }) => paths?.[0]?.[0] === name);
  if (type === undefined) throw new Error(`no command ${name}`);
  return parserOf(type).process([name, ...words], { host }) as BaseCommand;
}

/** One for each command: clipanion builds what it parses with for all of them, which takes longer than the parsing. */
function parserOf(type: CommandType): Cli<NkvmContext> {
  return Cli.from<NkvmContext>(type, { binaryName: programName, enableColors: false });
}

/** Undefined where the command line is wrong: then that has been said. */
function read(
  commands: readonly CommandSpec[],
  words: readonly string[],
  host: ProcessContext,
): CommandLine | undefined {
  try {
    return readCommandLine(commands, words);
  } catch (error) {
    if (!(error instanceof WrongWord)) throw error;
    const { command } = error;
    const failure = describeFailure(error, { verbose: false, ...(command !== undefined && { command }) });
    Session.plain(host).printFailure(failure, { document: false });
    return undefined;
  }
}
