import { Command } from 'clipanion';
import type { OpenedApp } from '../app/opened-app.ts';
import { halfWritten } from '../domain/claim.ts';
import { formatRfc3339 } from '../domain/time.ts';
import { planJson } from '../output/plan-json.ts';
import { type PlanParts, planText, planWarnings } from '../output/plan-text.ts';
import { conclude } from '../runbook/conclude.ts';
import { Interrupted } from '../runbook/failure-matrix.ts';
import { withLocks } from '../runbook/guard/take-lock.ts';
import { executeRestore, prepareRestore } from '../runbook/restore.ts';
import { restorePodOf } from '../runbook/restore-pod-of.ts';
import type { PreparedRestore, RestoreRequest } from '../runbook/restore-request.ts';
import type { Run } from '../runbook/run.ts';
import { askServer } from '../runbook/server-dry-run.ts';
import { identifyArchive } from '../runbook/step1-identify-backup.ts';
import { refuseOwnClaim } from './landing-flags.ts';
import { lockRequests } from './lock-request.ts';
import { openRecord } from './open-record.ts';
import { keepOwn, ownerOf, withCopiesNoted } from './own-claim.ts';
import { ask } from './prompt.ts';
import { type TypedRestore, withOlderComplete } from './restore-again.ts';
import { RestoreFlags } from './restore-flags.ts';
import { finish, type KnownOfRestore, printUnrecorded, runContinued, statusOf } from './restore-session.ts';
import type { Session } from './session.ts';

interface ReadyRestore {
  readonly request: RestoreRequest;
  readonly prepared: PreparedRestore;
  readonly typed: TypedRestore;
  /** The NKVM app that works with the target itself. */
  readonly app: OpenedApp | undefined;
  readonly known: KnownOfRestore;
}

export class RestoreCommand extends RestoreFlags {
  static override paths = [['restore']];
  static override readonly operands = '[BACKUP]';
  static override readonly formats = ['table', 'json', 'yaml'];
  static override readonly exitCodes = [0, 1, 2, 11, 12, 13, 14, 15, 16, 130, 143];
  static override usage = Command.Usage({
    description: 'restore a backup into its claim (runbook steps 1 to 6)',
    details: `
      Validates the archive, stops the writers, extracts, compares every member with the volume, resumes the writers
      and waits for them. Before the first written byte a failure gives the writers back; after it they stay stopped.
      A GLOB of --include or --exclude: * and ? stay in one name, ** as a whole name is any number of folders, [a-z] is
      a set. A leading / is the root of the volume, else it begins at any folder. A folder takes all that is below it.
      On a terminal the newest backups are offered where none is named.`,
    examples: [
      ['The newest backup of a claim', '$0 restore orders-data -n shop'],
      ['What would be done, without doing it', '$0 restore backup/5 --dry-run'],
      ['Another claim, in a script', '$0 restore backup/5 --target staging/orders-data --yes'],
      ['One folder of it, without its logs', "$0 restore backup/5 --include /pgdata/base --exclude '*.log'"],
      [
        'What can be read of a damaged archive',
        '$0 restore backup/5 --accept-incomplete --target shop/orders-rescued',
      ],
    ],
  });

  protected override readonly printsErrorDocument = false;

  protected async run(session: Session): Promise<number> {
    this.checkRestoreFlags(session);
    const known: KnownOfRestore = {};
    try {
      if (this.continued === undefined) return await this.restore(session, known);
      const flags = this.resumeFlags(session, '');
      return await runContinued(session, this.continued, { flags, known });
    } catch (error) {
      printUnrecorded(session, known, error);
      throw error;
    }
  }

  private async restore(session: Session, known: KnownOfRestore): Promise<number> {
    const { image, podTimeoutSeconds, transfer } = this.stepFlags(session);
    session.apps.use({ image, podTimeoutSeconds, retry: transfer.retry });
    const named = await this.oneBackup(session, await this.backupName(session));
    const { backup } = named;
    const typed: TypedRestore = { ...named, typed: this.typed, archiveDir: this.archiveDir };
    const target = this.targetOf(backup, this.target);
    this.checkApproved(target);
    Object.assign(known, { target, backup });
    if (this.acceptIncomplete) refuseOwnClaim(target, backup);
    const archive = await identifyArchive(backup, await session.archives(backup, this.archiveDir));
    const app = await ownerOf(session, backup, target);
    const name = backup.catalog === '' ? archive.path : `backup/${backup.id}`;
    const request: RestoreRequest = {
      ...this.stepFlags(session),
      ...this.resumeFlags(session, name),
      target,
      archive,
    };
    const run = await session.startRun();
    session.reporter.info(`run ${run.id}`);
    const validated = await prepareRestore(run, request).catch(async (error: unknown) => {
      throw await withOlderComplete(session, error, typed);
    });
    const prepared = app ? withCopiesNoted(session, run, { app, prepared: validated }) : validated;
    try {
      return await this.goOn(session, run, { request, prepared, typed, app, known });
    } finally {
      await prepared.archive.close();
    }
  }

  private async backupName(session: Session): Promise<string | undefined> {
    if (!this.isToChoose(session)) return this.backup;
    const { offerBackups } = await import('./offer-backups.ts');
    const { id, catalog } = await offerBackups(session, this);
    // The same ID in another catalogue would be another backup.
    this.catalog = catalog;
    return `backup/${id}`;
  }

  /** With what is known before the approval. */
  private async goOn(
    session: Session,
    run: Run,
    { request, prepared, typed, app, known }: ReadyRestore,
  ): Promise<number> {
    this.checkWorthWipe(prepared.archive);
    const plan: PlanParts = { run: run.id, cluster: run.cluster.identity, request, ...prepared };
    session.reporter.done();
    if (this.dryRun !== undefined) return await this.printDryRun(run, session, plan);
    const text = planText(plan);
    // Who is asked must see it.
    session.host.stderr.write(this.quiet && this.yes ? planWarnings(text) : text);
    await this.approve(session, request.target);
    const flags = this.recordFlags(session);
    const locks = lockRequests(session, flags.operator, prepared.target);
    return await withLocks(run, locks, async (locked) => {
      const again = app ? await keepOwn(session, locked, { app, prepared, typed }) : typed;
      // A reader pod has the claims of the app: from here on nothing is read there.
      await session.apps.close();
      const parts = await openRecord(session, locked, { request, prepared, flags, typed: again });
      known.isRecorded = true;
      const done = this.hold && prepared.target.stops.length > 0 ? 'held' : 'restored';
      const conclusion = await conclude(locked, { ...parts, done }, () =>
        executeRestore(locked, { request, prepared, ...parts }),
      );
      finish(session, run, { conclusion, record: parts.record, typed: again });
      return statusOf(conclusion.record);
    });
  }

  protected override async notAfter(
    session: Session,
    { namespace, pvc }: { namespace: string; pvc: string },
    at: Date | undefined,
  ): Promise<Date | undefined> {
    const claim = await (await session.cluster()).claims.read({ namespace, name: pvc });
    const mark = claim && halfWritten(claim);
    const since = new Date(mark?.since ?? '');
    if (mark === undefined || Number.isNaN(since.getTime()) || (at !== undefined && at <= since)) return at;
    session.reporter.warn(
      `${pvc} is half-written since ${formatRfc3339(since)} (run ${mark.run}): backups finished after that are skipped`,
    );
    return since;
  }

  private async approve(
    session: Session,
    { namespace, name }: { namespace: string; name: string },
  ): Promise<void> {
    if (this.yes) return;
    const what = this.wipe ? 'Empty, then restore' : 'Restore';
    const answer = await ask(session.host, `${what} into ${namespace}/${name}? [y/N] `);
    if (answer !== 'y' && answer !== 'yes') throw new Interrupted('cancelled, nothing was changed', 130);
  }

  /** The plan is the answer here: on stdout. */
  private async printDryRun(run: Run, session: Session, plan: PlanParts): Promise<number> {
    const asksServer = this.dryRunKind() === 'server';
    const manifest = restorePodOf(run, plan.request, plan);
    const server = asksServer ? await askServer(run, plan, manifest) : [];
    if (session.printDocument(planJson(plan, server))) return 0;
    session.host.stdout.write(
      [planText(plan), ...server.map((line) => `${line}\n`), 'Dry run: nothing was changed.\n'].join(''),
    );
    return 0;
  }
}
