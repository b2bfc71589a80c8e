import { Command, Option, UsageError } from 'clipanion';
import { parseRunId } from '../domain/run.ts';
import { cleanupJson, cleanupNames, cleanupText } from '../output/cleaned-runs.ts';
import { cleanUpRuns } from '../runbook/cleanup/clean-up-runs.ts';
import { RunbookError } from '../runbook/failure-matrix.ts';
import { takeOffCopies } from '../runbook/writers/copied-records.ts';
import { removeStoppedRevisions } from '../runbook/writers/stopped-revisions.ts';
import { BaseCommand } from './base.ts';
import { duration } from './flag-values.ts';
import type { Session } from './session.ts';
import { ownStateFolder } from './state-folder.ts';

export class CleanupCommand extends BaseCommand {
  static override paths = [['cleanup']];
  static override readonly operands = '[RUN...]';
  static override readonly formats = ['table', 'json', 'yaml', 'name'];
  static override readonly exitCodes = [0, 1, 2, 12, 16, 130, 143];
  static override usage = Command.Usage({
    description: 'remove what dead runs left (runbook step 6)',
    details: `
      Without RUN, the dead runs of the namespace: their pods and locks go, replicas stay as they are and are named with
      the command that gives them back. --resume gives them back. Live and held runs are listed and not touched, unless
      named (held) or forced (live). A run is dead when its lock stays the same for 30 seconds: that is waited for. What
      has the marks of this tool and is of no run is foreign: listed, never touched.`,
    examples: [
      ['What there is, everywhere', '$0 cleanup -A --dry-run'],
      ["Give a dead run's replicas back", '$0 cleanup 20260102030405-bcdfg --resume -n shop'],
    ],
  });

  runs = Option.Rest({ name: 'RUN' });
  allNamespaces = Option.Boolean('-A,--all-namespaces', false, {
    description: 'the runs of every namespace',
  });
  olderThan = Option.String('--older-than', '0', {
    description: 'only runs last seen a `DURATION` ago or longer (default 0)',
  });
  resume = Option.Boolean('--resume', false, { description: 'give the recorded replicas back' });
  force = Option.Boolean('--force', false, { description: 'live runs too' });
  dryRun = Option.Boolean('--dry-run', false, { description: 'only say what would be done' });

  override get isEverywhere(): boolean {
    return this.allNamespaces;
  }

  protected async run(session: Session): Promise<number> {
    if (this.allNamespaces && this.namespace !== undefined)
      throw new UsageError('-A and -n exclude each other');
    const runs = this.runs.map((text) => {
      const run = parseRunId(text);
      if (run === undefined)
        throw new UsageError(`"${text}" is not the name of a run (YYYYMMDDHHMMSS-xxxxx)`);
      return run;
    });
    const olderThanSeconds = duration('--older-than', this.olderThan);
    const run = await session.startRun();
    if (!this.dryRun)
      session.host.lastWords.describe = () => 'some of it is done: type the same command again';
    const namespace = this.allNamespaces ? undefined : await session.namespace();
    const cleaned = await cleanUpRuns(run, {
      ...(namespace !== undefined && { namespace }),
      runs,
      olderThanSeconds,
      resume: this.resume,
      force: this.force,
      dryRun: this.dryRun,
      operator: session.host.userName,
      host: session.host.hostName,
      stateFolder: ownStateFolder(session.host),
    });
    if (this.resume && !this.dryRun) {
      await takeOffCopies(run, namespace);
      await removeStoppedRevisions(run, namespace);
    }
    const { stdout } = session.host;
    if (this.output === 'name') stdout.write(cleanupNames(cleaned));
    else if (!session.printDocument(cleanupJson(cleaned, this.dryRun)))
      stdout.write(cleanupText(cleaned, this.dryRun));
    if (cleaned.runs.length + cleaned.foreign.length === 0) session.reporter.info('nothing to clean up');
    const failed = cleaned.runs.flatMap((one) => one.failed);
    if (failed.length > 0) throw new RunbookError('left-behind', `could not be done: ${failed.join(', ')}`);
    return 0;
  }
}
