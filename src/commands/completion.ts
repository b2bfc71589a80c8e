import { Command, Option, UsageError } from 'clipanion';
import { BaseCommand } from './base.ts';
import { installCompletion } from './completion/install.ts';
import { shellScripts, shells } from './completion/shell-scripts.ts';
import type { Session } from './session.ts';

const choices = [...shells, 'install'];

export class CompletionCommand extends BaseCommand {
  static override paths = [['completion']];
  static override readonly operands = 'SHELL|install';
  static override readonly formats = ['table'];
  static override readonly exitCodes = [0, 1, 2];
  static override usage = Command.Usage({
    description: 'let the shell complete commands, flags and names',
    details: `
      With install, puts kubectl_complete-nkvm beside the plugin: kubectl 1.26 and newer, whose own completion is loaded,
      then complete all that follows \`kubectl nkvm\`. With bash, zsh, fish or powershell, prints a script for that SHELL to
      load. Backups, claims,
      workloads, namespaces and contexts are offered where they are known within 300 ms; NKVM_COMPLETION_TIMEOUT, such as
      2s, gives them longer.`,
    examples: [
      ['Once, for kubectl 1.26 and newer', '$0 completion install'],
      ['A script that ~/.bashrc may source', '$0 completion bash >~/.nkvm-completion.bash'],
      ['For every session of fish', '$0 completion fish >~/.config/fish/conf.d/kubectl-nkvm.fish'],
    ],
  });

  shell = Option.String({ required: false, name: 'SHELL' });

  protected async run(session: Session): Promise<number> {
    const { host } = session;
    if (this.shell === 'install') {
      host.stdout.write(`${installCompletion(host)} installed\n`);
      return 0;
    }
    const shell = shells.find((known) => known === this.shell);
    if (shell === undefined) {
      const what =
        this.shell === undefined ? 'no shell is named' : `"${this.shell}" is no shell that is known`;
      throw new UsageError(`${what}; there are ${choices.join(', ')}`);
    }
    host.stdout.write(shellScripts[shell]);
    return 0;
  }
}
