import { Command, Option, UsageError } from 'clipanion';
import { halfWritten } from '../domain/claim.ts';
import { restorePod } from '../domain/restore-pod.ts';
import { formatRfc3339 } from '../domain/time.ts';
import { parseWorkloadRef } from '../domain/workload.ts';
import { planText } from '../output/plan-text.ts';
import { conclude } from '../runbook/conclude.ts';
import { Interrupted } from '../runbook/failure-matrix.ts';
import {
  executeRestore,
  type PreparedRestore,
  prepareRestore,
  type RestoreRequest,
} from '../runbook/restore.ts';
import type { Run } from '../runbook/run.ts';
import { identifyArchive } from '../runbook/step1-identify-backup.ts';
import { admitRestorePod } from '../runbook/step3-create-restore-pod.ts';
import { ArchiveCommand, type NamedBackup } from './archive-command.ts';
import { exitStatuses } from './base.ts';
import { overrider, podImage } from './pod-flags.ts';
import { ask } from './prompt.ts';
import { checkRecordPath } from './record-flags.ts';
import { finish, type KnownOfRestore, openRecord, printUnrecorded, runContinued } from './restore-session.ts';
import { localRunner } from './run-locally.ts';
import { count, duration, type Session } from './session.ts';

export class RestoreCommand extends ArchiveCommand {
  static override paths = [['restore']];
  static override usage = Command.Usage({
    description: 'restore a backup into its claim (runbook steps 1 to 6)',
    details: `
      Validates the archive, stops the writers, extracts, compares every member with the volume, resumes the writers
      and waits for them. Before the first written byte a failure gives the writers back; after it they stay stopped.
      ${exitStatuses}`,
    examples: [
      ['The newest backup of a claim', '$0 restore orders-data -n shop'],
      ['What would be done, without doing it', '$0 restore backup/5 --dry-run'],
      ['Another claim, in a script', '$0 restore backup/5 --target staging/orders-data --yes'],
    ],
  });

  backup = Option.String({ required: false, name: 'BACKUP' });
  target = Option.String('--target', { description: 'another claim than the one backed up: [NS/]PVC' });
  workloads = Option.Array('--workload', [], {
    description: 'KIND/NAME that you expect to mount the claim, repeatable',
  });
  replicas = Option.String('--replicas', {
    description: 'resume to this many instead of the recorded count',
  });
  retainClaims = Option.Boolean('--retain-claims', false, {
    description: 'keep claims that scaling down would delete',
  });
  keepStopped = Option.Boolean('--keep-stopped', false, {
    description: 'leave writers down when nothing was written',
  });
  hold = Option.Boolean('--hold', false, {
    description: 'stop after verification; resume later with --continue',
  });
  continued = Option.String('--continue', { description: 'the held RUN to resume' });
  checks = Option.Array('--check', [], {
    description: 'script for sh -c in the restore pod, in /restore; repeatable',
  });
  checkTimeout = Option.String('--check-timeout', '300s', { description: 'for each --check' });
  appChecks = Option.Array('--check-app', [], {
    description: 'command on this machine after the rollout; repeatable',
  });
  helperImage = Option.String('--helper-image', {
    description: 'image of the restore pod (NKVM_HELPER_IMAGE)',
  });
  overrides = Option.String('--overrides', {
    description: 'JSON merged into the restore pod, as in kubectl run',
  });
  podTimeout = Option.String('--pod-timeout', '180s', { description: 'for the restore pod to become Ready' });
  quiesceTimeout = Option.String('--quiesce-timeout', '300s', { description: 'for the writers to stop' });
  rolloutTimeout = Option.String('--rollout-timeout', '300s', {
    description: 'for the workload to become ready',
  });
  dryRun = Option.String('--dry-run', {
    tolerateBoolean: true,
    description: 'the plan only: client, or server',
  });
  reason = Option.String('--reason', { description: 'why, for the record' });
  operator = Option.String('--operator', { description: 'who, for the record; default: the local user' });
  record = Option.String('--record', { description: 'where the incident record goes: .json, .yaml or .md' });
  yes = Option.Boolean('-y,--yes', false, { description: 'do not ask' });

  protected readonly formats = ['table', 'json', 'yaml'];

  protected override readonly printsErrorDocument = false;

  protected async run(session: Session): Promise<number> {
    this.checkRestoreFlags(session);
    if (this.continued !== undefined)
      return runContinued(session, this.continued, this.resumeFlags(session, ''));
    const known: KnownOfRestore = {};
    try {
      return await this.restore(session, known);
    } catch (error) {
      printUnrecorded(session, known, error);
      throw error;
    }
  }

  private async restore(session: Session, known: KnownOfRestore): Promise<number> {
    const { backup, older } = await this.oneBackup(session);
    const target = this.targetOf(backup, this.target);
    Object.assign(known, { target, backup });
    const archive = identifyArchive(
      backup,
      session.archivePlaces(this.archiveDir, backup.catalog || undefined),
    );
    const name = backup.catalog === '' ? archive.path : `backup/${backup.id}`;
    const request: RestoreRequest = {
      ...this.request(session),
      ...this.resumeFlags(session, name),
      target,
      archive,
    };
    const run = await session.startRun();
    session.reporter.info(`run ${run.id}`);
    const prepared = await prepareRestore(run, request);
    try {
      const plan = planText({ run: run.id, cluster: run.cluster.identity, request, ...prepared });
      if (this.dryRun !== undefined) return await this.printDryRun(run, session, { request, prepared, plan });
      session.host.stderr.write(plan);
      await this.approve(session, target);
      const parts = await openRecord(session, run, { request, prepared, flags: this.recordFlags(session) });
      known.isRecorded = true;
      const conclusion = await conclude(run, { ...parts, done: this.hold ? 'held' : 'restored' }, () =>
        executeRestore(run, { request, prepared, ...parts }),
      );
      return finish(session, run, { conclusion, record: parts.record, older, catalog: this.catalog });
    } finally {
      await prepared.archive.close();
    }
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

  private checkRestoreFlags(session: Session): void {
    checkRecordPath(this.record);
    const names = this.backup === undefined ? [] : [this.backup];
    if (this.continued === undefined) this.checkArchiveFlags(names);
    else if (
      names.length > 0 ||
      this.file !== undefined ||
      this.archive !== undefined ||
      this.hold ||
      this.dryRun !== undefined
    ) {
      throw new UsageError('--continue RUN takes only --check-app, --rollout-timeout and the record flags');
    }
    if (this.archive !== undefined && this.target === undefined)
      throw new UsageError('--archive needs --target [NS/]PVC');
    const dryRun = this.dryRun === true ? 'client' : this.dryRun;
    if (dryRun !== undefined && dryRun !== 'client' && dryRun !== 'server') {
      throw new UsageError(`--dry-run "${dryRun}" is neither client nor server`);
    }
    if (dryRun === undefined && !this.yes && !session.isInteractive) {
      throw new UsageError(
        'stdin or stderr is no terminal, so nobody can be asked: add --yes to approve, or --dry-run',
      );
    }
    this.request(session);
  }

  private async oneBackup(session: Session): Promise<NamedBackup> {
    const [first, ...more] = await this.namedBackups(session, this.backup === undefined ? [] : [this.backup]);
    if (first === undefined) throw new UsageError('no backup is named');
    if (more.length === 0) return first;
    const names = [first, ...more].map(({ backup }) => `backup/${backup.id}`).join(', ');
    throw new UsageError(`restore takes exactly one backup, not ${more.length + 1}: ${names}`);
  }

  private request(
    session: Session,
  ): Omit<RestoreRequest, 'archive' | 'target' | keyof ReturnType<RestoreCommand['resumeFlags']>> {
    const workloads = this.workloads.map((text) => {
      const parsed = parseWorkloadRef(text);
      if (parsed === undefined)
        throw new UsageError(`--workload "${text}" is not deployment/NAME or statefulset/NAME`);
      return parsed;
    });
    return {
      workloads,
      ...(this.replicas !== undefined && { replicas: count('--replicas', this.replicas) }),
      retainClaims: this.retainClaims,
      keepStopped: this.keepStopped,
      hold: this.hold,
      checks: this.checks,
      checkTimeoutSeconds: duration('--check-timeout', this.checkTimeout),
      image: podImage(session, this.helperImage),
      override: overrider(this.overrides),
      podTimeoutSeconds: duration('--pod-timeout', this.podTimeout),
      quiesceTimeoutSeconds: duration('--quiesce-timeout', this.quiesceTimeout),
    };
  }

  private resumeFlags(session: Session, backup: string) {
    const { isInteractive, host } = session;
    return {
      appChecks: this.appChecks,
      rolloutTimeoutSeconds: duration('--rollout-timeout', this.rolloutTimeout),
      runLocally: localRunner(host),
      backupName: backup,
      ...(isInteractive && { askSlow: (what: string) => askSlow(session, what) }),
      ...this.recordFlags(session),
    };
  }

  private recordFlags(session: Session) {
    return {
      operator: this.operator ?? session.host.userName,
      ...(this.reason !== undefined && { reason: this.reason }),
      ...(this.record !== undefined && { recordPath: this.record }),
    };
  }

  private async approve(
    session: Session,
    { namespace, name }: { namespace: string; name: string },
  ): Promise<void> {
    if (this.yes) return;
    const answer = await ask(session.host, `Restore into ${namespace}/${name}? [y/N] `);
    if (answer !== 'y' && answer !== 'yes') throw new Interrupted('cancelled, nothing was changed', 130);
  }

  private async printDryRun(
    run: Run,
    { host }: Session,
    { request, prepared, plan }: { request: RestoreRequest; prepared: PreparedRestore; plan: string },
  ): Promise<number> {
    host.stdout.write(plan);
    if (this.dryRun === 'server') {
      const { claim } = prepared.target;
      const { image, operator } = request;
      const manifest = restorePod({
        run: run.id,
        claim,
        image,
        operator,
        purpose: 'restore',
        heartbeat: run.cluster.now(),
      });
      await admitRestorePod(run, claim.namespace, request.override(manifest));
      host.stdout.write('Server    the restore pod is admitted; free space: unknown until it runs\n');
    }
    host.stdout.write('Dry run: nothing was changed.\n');
    return 0;
  }
}

async function askSlow(session: Session, what: string): Promise<'wait' | 'leave' | 'stop'> {
  const question = `Still starting, not failed: ${what}\n[w]ait again, [l]eave it running, or [s]cale back to 0? [w] `;
  const answer = await ask(session.host, question);
  return answer.startsWith('s') ? 'stop' : answer.startsWith('l') ? 'leave' : 'wait';
}
