import { Command } from 'clipanion';
import type { ProcessContext } from '../context.ts';
import { BaseCommand } from './base.ts';
import { commandNames } from './command-names.ts';
import { programsOnPath } from './path-search.ts';
import type { Session } from './session.ts';

export class VersionCommand extends BaseCommand {
  static override paths = [['version']];
  static override readonly formats = ['table', 'json', 'yaml'];
  static override readonly exitCodes = [0, 1, 2];
  static override usage = Command.Usage({
    description: 'print the version, and what shadows a command',
    details: `
      kubectl runs the plugin with the longest name that fits: one called kubectl-nkvm-restore gets all that is typed
      behind \`kubectl nkvm restore\`. Such programs on PATH are named on stderr.`,
    examples: [['The version as JSON', '$0 version -o json']],
  });

  protected async run(session: Session): Promise<number> {
    const { version, platform } = session.host;
    const shadowed = shadowedCommands(session.host);
    for (const { command, by } of shadowed) {
      session.reporter.warn(`\`${command}\` is not this program's: kubectl runs ${by}`);
    }
    const document = {
      apiVersion: 'nkvm.dev/v1',
      kind: 'Version',
      version,
      platform,
      ...(shadowed.length > 0 && { shadowed }),
    };
    if (!session.printDocument(document)) session.host.stdout.write(`kubectl-nkvm ${version}\n`);
    return 0;
  }
}

interface ShadowedCommand {
  /** `kubectl nkvm restore` */
  readonly command: string;
  /** The program that kubectl runs instead. */
  readonly by: string;
}

/** kubectl takes the longest name of a program that fits, and looks for it in the order of PATH. */
function shadowedCommands(host: ProcessContext): readonly ShadowedCommand[] {
  const found = new Map<string, string>();
  for (const { name, file } of programsOnPath(host, 'kubectl-nkvm-')) {
    const words = name.split('-').slice(2);
    const isOurs = [...commandNames, 'help'].some((command) => command === words[0]);
    // In a file's name `_` stands for `-`.
    const command = ['kubectl nkvm', ...words].join(' ').replaceAll('_', '-');
    if (isOurs && !found.has(command)) found.set(command, file);
  }
  return [...found].map(([command, by]) => ({ command, by }));
}
