import { Command, Option } from 'clipanion';
import type { Backup } from '../domain/backup.ts';
import { backupListJson } from '../output/backups.ts';
import { printJsonLines } from '../output/print.ts';
import { inspectionText, validatedJson, verdictTable } from '../output/verdicts.ts';
import { incompleteArchive } from '../runbook/accept-incomplete.ts';
import { type JudgedBackup, judgeBackup } from '../runbook/judge-backup.ts';
import { ArchiveCommand, type NamedBackup } from './archive-command.ts';
import { count } from './flag-values.ts';
import { olderComplete } from './older-backup.ts';
import type { Session } from './session.ts';

export class ValidateCommand extends ArchiveCommand {
  static override paths = [['validate']];
  static override readonly operands = '[BACKUP...]';
  static override readonly formats = ['table', 'json', 'yaml', 'jsonl', 'name'];
  static override readonly exitCodes = [0, 1, 2, 11, 130, 143];
  static override usage = Command.Usage({
    description: 'prove that archives are whole and safe (runbook steps 1.2 to 1.4)',
    details: `
      Reads the whole archive once: checksum, gzip to its end, every tar header, the end blocks, safe paths. A checksum
      alone proves that nothing changed since the backup was filed, not that the backup was complete. Where an archive
      is not complete, the next older backup that is gets named.`,
    examples: [
      ['One backup, and its first files', '$0 validate backup/5 --show-files'],
      ['Every backup that is listed', '$0 list -A -o name | $0 validate -f -'],
    ],
  });

  names = Option.Rest({ name: 'BACKUP' });
  showFiles = Option.String('--show-files', {
    tolerateBoolean: true,
    description: 'also the first members, `[=N]` of them; bare: 40',
  });

  protected async run(session: Session): Promise<number> {
    this.checkArchiveFlags(this.names);
    const showFiles =
      this.showFiles === undefined
        ? 0
        : this.showFiles === true
          ? 40
          : count('--show-files', String(this.showFiles));
    const named = await this.namedBackups(session, this.names);
    const results: JudgedBackup[] = [];
    for (const { backup } of named) results.push(await this.judge(session, backup, showFiles));
    this.print(session, results);
    const bad = named.filter((_, index) => results[index]?.verdict.result !== 'complete');
    for (const one of bad) {
      const inspection = results[named.indexOf(one)]?.inspection;
      const isReadable = inspection !== undefined && incompleteArchive(inspection) !== undefined;
      if (!(await this.nameOlder(session, one)) && isReadable) this.nameLastResort(session, one.backup);
    }
    return bad.length === 0 ? 0 : 11;
  }

  private async judge(session: Session, backup: Backup, showFiles: number): Promise<JudgedBackup> {
    const archives = await session.archives(backup, this.archiveDir);
    const { reporter, host } = session;
    return judgeBackup({ reporter, signal: host.signal, archives }, backup, showFiles);
  }

  private print(session: Session, results: readonly JudgedBackup[]): void {
    const { stdout } = session.host;
    const documents = results.map(validatedJson);
    const [only] = documents;
    if (this.output === 'jsonl') stdout.write(printJsonLines(documents));
    else if (this.output === 'name') {
      const complete = results.filter(({ verdict }) => verdict.result === 'complete');
      stdout.write(complete.map(({ backup }) => `backup/${backup.id}\n`).join(''));
    } else if (!session.printDocument(documents.length === 1 ? only : backupListJson(documents))) {
      stdout.write(verdictTable(results));
      for (const { inspection } of results) {
        if (inspection !== undefined && (results.length === 1 || this.showFiles !== undefined))
          stdout.write(`\n${inspectionText(inspection)}`);
      }
    }
  }

  /** False without an older one that is complete. */
  private async nameOlder(session: Session, named: NamedBackup): Promise<boolean> {
    const older = await olderComplete(session, named, this.archiveDir);
    if (older === undefined) return false;
    session.reporter.info(`next: ${session.command('restore', `backup/${older.id}`, ...this.places(older))}`);
    return true;
  }

  private nameLastResort(session: Session, backup: Backup): void {
    const vouching = this.checksum === undefined ? ['--no-checksum'] : ['--checksum', this.checksum];
    const named =
      this.archive === undefined
        ? [`backup/${backup.id}`, ...this.places(backup)]
        : ['--archive', this.archive, ...vouching];
    const command = session.command('restore', ...named, '--accept-incomplete', '--target', 'NS/PVC');
    session.reporter.info(`last resort, into another claim than the one backed up: ${command}`);
  }

  /** Where this command looked, for the one that is named next. */
  private places({ catalog }: Backup): readonly string[] {
    const named = this.catalog ?? (this.file === undefined ? undefined : catalog);
    return [
      ...(named === undefined ? [] : ['--catalog', named]),
      ...(this.archiveDir === undefined ? [] : ['--archive-dir', this.archiveDir]),
    ];
  }
}
