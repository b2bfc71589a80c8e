import { Command } from 'clipanion';
import { BaseCommand } from './base.ts';
import type { Session } from './session.ts';

export class VersionCommand extends BaseCommand {
  static override paths = [['version']];
  static override readonly formats = ['table', 'json', 'yaml'];
  static override usage = Command.Usage({
    description: 'print the version',
    examples: [['The version as JSON', '$0 version -o json']],
  });

  protected async run(session: Session): Promise<number> {
    const { version, platform } = session.host;
    const document = { apiVersion: 'nkvm.dev/v1', kind: 'Version', version, platform };
    if (!session.printDocument(document)) session.host.stdout.write(`kubectl-nkvm ${version}\n`);
    return 0;
  }
}
