/**
 * The command line: which commands there are, and the split between a wrong command line (exit 2, on stderr, nothing
 * has been read yet) and a run, whose outcome is the command's own. clipanion prints errors on stdout and exits 1: its
 * parser is used, its runner is not, and no word reaches the parser that it would refuse.
 */
import { Cli, Command } from 'clipanion';
import type { BaseCommand, NkvmContext } from './commands/base.ts';
import { type CommandName, commandNames, isCommandName } from './commands/command-names.ts';
import { type CommandSpec, type CommandType, commandSpec, programName } from './commands/command-spec.ts';
import { answerWord, completeWord } from './commands/completion/hidden-words.ts';
import { describeFailure } from './commands/failure.ts';
import { WrongWord } from './commands/flag-words.ts';
import { printFailure } from './commands/print-failure.ts';
import { Session } from './commands/session.ts';
import { type CommandLine, readCommandLine } from './commands/usage.ts';
import type { ProcessContext } from './context.ts';

/** Each is loaded when it is named, or when all are asked for: a command line pays for its own command alone. */
const commandTypes: Readonly<Record<CommandName, () => Promise<CommandType>>> = {
  list: async () => (await import('./commands/list.ts')).ListCommand,
  validate: async () => (await import('./commands/validate.ts')).ValidateCommand,
  restore: async () => (await import('./commands/restore.ts')).RestoreCommand,
  verify: async () => (await import('./commands/verify.ts')).VerifyCommand,
  cleanup: async () => (await import('./commands/cleanup.ts')).CleanupCommand,
  version: async () => (await import('./commands/version.ts')).VersionCommand,
  completion: async () => (await import('./commands/completion.ts')).CompletionCommand,
};

export interface KnownCommand extends CommandSpec {
  readonly parser: Cli<NkvmContext>;
}

export function loadCommands(names: readonly CommandName[] = commandNames): Promise<readonly KnownCommand[]> {
  return Promise.all(
    names.map(async (name) => {
      const type = await commandTypes[name]();
      const parser = parserOf(type);
      return { ...commandSpec(type, parser), parser };
    }),
  );
}

/** Runs one command line, without the program's name. Returns the exit status. */
export async function runCli(words: readonly string[], host: ProcessContext): Promise<number> {
  const [first = '', ...rest] = words;
  if (first === completeWord) return completeTyped(rest, host);
  if (first === answerWord) return answerTyped(rest, host);
  const commands = await loadCommands(isCommandName(first) ? [first] : undefined);
  const line = read(commands, words, host);
  if (line === undefined) return 2;
  if (line.kind === 'run') return parseCommand(commands, line.words, host).runToExit();
  if (line.kind === 'version') host.stdout.write(`${host.version}\n`);
  else {
    const { commandHelp, helpWidth, overview } = await import('./commands/help.ts');
    const width = helpWidth(host.stdout.isTTY ? host.stdout.columns : undefined);
    const all = await loadCommands();
    const text = line.kind === 'help' ? commandHelp(all, line.command, width) : overview(all, width);
    host.stdout.write(text);
  }
  return 0;
}

async function completeTyped(words: readonly string[], host: ProcessContext): Promise<number> {
  const { complete } = await import('./commands/completion/complete.ts');
  const [first = '', ...more] = words;
  return complete(
    await loadCommands(more.length > 0 && isCommandName(first) ? [first] : undefined),
    words,
    host,
  );
}

async function answerTyped(
  [topic = '', begun = '', name = '', ...typed]: readonly string[],
  host: ProcessContext,
): Promise<number> {
  const { answer } = await import('./commands/completion/complete.ts');
  if (!isCommandName(name)) return 1;
  const commands = await loadCommands([name]);
  const line = read(commands, [name, ...typed], host);
  return line?.kind === 'run' ? answer(parseCommand(commands, line.words, host), [topic, begun]) : 1;
}

/** The command with its options, from words as `readCommandLine` gives them. */
export function parseCommand(
  commands: readonly KnownCommand[],
  words: readonly string[],
  host: ProcessContext,
): BaseCommand {
  const command = commands.find(({ name }) => name === words[0]);
  if (command === undefined) throw new Error(`no command ${words[0]}`);
  const parsed = command.parser.process(words.slice(1), { host }) as BaseCommand;
  parsed.path = [command.name];
  parsed.typed = words.slice(1);
  return parsed;
}

/**
 * One for each command, and without its name: clipanion builds what it parses with for all of them, and for options
 * before a name too, which takes longer than the parsing.
 */
function parserOf(type: CommandType): Cli<NkvmContext> {
  const unnamed = class extends (type as new () => object) {
    static readonly paths = [Command.Default];
  };
  return Cli.from<NkvmContext>(unnamed as unknown as CommandType, {
    binaryName: programName,
    enableColors: false,
  });
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
    printFailure(Session.plain(host), failure, { document: false });
    return undefined;
  }
}
