import { Command, Option, UsageError } from 'clipanion';
import { differs, verificationJson, verificationText } from '../output/verification.ts';
import { identifyArchive } from '../runbook/step1-identify-backup.ts';
import { verifyVolume } from '../runbook/verify.ts';
import { checkedTarget } from './archive-command.ts';
import { count, duration } from './flag-values.ts';
import { overrider, podImage } from './pod-flags.ts';
import { RetryFlags } from './retry-flags.ts';
import type { Session } from './session.ts';

export class VerifyCommand extends RetryFlags {
  static override paths = [['verify']];
  static override readonly operands = '[BACKUP]';
  static override readonly formats = ['table', 'json', 'yaml'];
  static override readonly exitCodes = [0, 1, 2, 11, 12, 13, 15, 16, 130, 143];
  static override usage = Command.Usage({
    description: 'compare a live volume with a backup (runbook step 5)',
    details: `
      Mounts the claim read-only, beside a running workload where the access mode allows it, and compares every member:
      presence, type, size, content, mode, owner, time, link target. Exit status 15 when they differ.`,
    examples: [['Whether the claim still holds what backup 5 has', '$0 verify backup/5 --exact']],
  });

  backup = Option.String({ required: false, name: 'BACKUP' });
  target = Option.String('--target', { description: 'another claim than the one backed up: `[NS/]PVC`' });
  quick = Option.Boolean('--quick', false, { description: 'compare no content hashes' });
  exact = Option.Boolean('--exact', false, {
    description: 'count files that the archive does not have as differences',
  });
  showDifferences = Option.String('--show-differences', '40', {
    description: 'list `N` differences at most (default 40)',
  });
  helperImage = Option.String('--helper-image', {
    description: '`IMAGE` of the pod; without it, $NKVM_HELPER_IMAGE, then alpine:3.20',
  });
  overrides = Option.String('--overrides', { description: '`JSON` merged into the pod, as in kubectl run' });
  podTimeout = Option.String('--pod-timeout', '180s', {
    description: '`DURATION` for the pod to become Ready (default 180s)',
  });

  protected async run(session: Session): Promise<number> {
    const names = this.backup === undefined ? [] : [this.backup];
    this.checkArchiveFlags(names);
    if (this.archive !== undefined && this.target === undefined)
      throw new UsageError('--archive needs --target [NS/]PVC');
    if (this.target !== undefined) checkedTarget(this.target, 'default');
    const keep = count('--show-differences', this.showDifferences);
    const pod = {
      image: podImage(session, this.helperImage),
      override: overrider(this.overrides),
      owners: this.ownerWish(),
    };
    const retry = this.retryLimits();
    const podTimeoutSeconds = duration('--pod-timeout', this.podTimeout);
    session.apps.use({ image: pod.image, podTimeoutSeconds, retry });
    const { backup } = await this.oneBackup(session, this.backup);
    const target = this.targetOf(backup, this.target);
    const archive = await identifyArchive(backup, await session.archives(backup, this.archiveDir));
    const run = await session.startRun();
    session.reporter.info(`run ${run.id}`);
    const operator = session.host.userName;
    const remove = run.command('cleanup', run.id, '--force', '-n', target.namespace);
    session.host.lastWords.describe = () =>
      `the pod of run ${run.id} may be left on the cluster\nnext: ${remove}`;
    const compared = await verifyVolume(run, {
      ...pod,
      archive,
      target,
      quick: this.quick,
      showDifferences: keep,
      podTimeoutSeconds,
      retry,
      operator,
    });
    const result = { ...compared, backup: backup.id, target, exact: this.exact, quick: this.quick };
    if (!session.printDocument(verificationJson(result))) session.host.stdout.write(verificationText(result));
    return differs(result) ? 15 : 0;
  }
}
