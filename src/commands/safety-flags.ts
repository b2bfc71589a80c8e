/** `--safety` and `--wipe`: what is kept of the volume as it was, and whether it is emptied. */
import { join, resolve } from 'node:path';
import { Option, UsageError } from 'clipanion';
import { type ClaimRef, parseClaimRef } from '../domain/claim.ts';
import type { Safety } from '../domain/safety.ts';
import type { ValidatedArchive } from '../runbook/step1-validate-archive.ts';
import { duration } from './flag-values.ts';
import { LandingFlags } from './landing-flags.ts';
import type { Session } from './session.ts';
import { ownStateFolder } from './state-folder.ts';

export abstract class SafetyFlags extends LandingFlags {
  safety = Option.String('--safety', {
    description:
      'a copy of the volume as it was, before the first change: `snapshot|archive[=DIR]|none`; none: you have one',
  });
  snapshotTimeout = Option.String('--snapshot-timeout', '600s', {
    description: '`DURATION` for the snapshot of --safety to become ready (default 600s)',
  });
  wipe = Option.Boolean('--wipe', false, {
    description: 'empty the claim before extracting; needs --approve-wipe and --safety',
  });
  approveWipe = Option.String('--approve-wipe', {
    description: 'the claim that --wipe may empty, as `NS/PVC`; --yes does not stand for it',
  });

  /** Throws a UsageError for what the command line alone shows to be wrong. */
  protected checkSafetyFlags(session: Session): void {
    this.safetyCopy(session);
    const { approveWipe } = this;
    if (!this.wipe) {
      if (approveWipe !== undefined) throw new UsageError('--approve-wipe goes with --wipe');
      return;
    }
    if (approveWipe === undefined)
      throw new UsageError('--wipe needs --approve-wipe NS/PVC, the claim that it empties');
    if (!approveWipe.includes('/') || parseClaimRef(approveWipe, '') === undefined)
      throw new UsageError(`--approve-wipe "${approveWipe}" is not NAMESPACE/PVC`);
    if (this.include.length + this.exclude.length > 0)
      throw new UsageError(
        '--wipe and --include or --exclude exclude each other: a part would take the place of all',
      );
    if (this.acceptIncomplete)
      throw new UsageError(
        '--wipe and --accept-incomplete exclude each other: a part would take the place of all',
      );
    if (this.safety === undefined)
      throw new UsageError('--wipe needs --safety snapshot, archive[=DIR] or none too');
  }

  /** Throws a UsageError unless exactly this claim was approved. */
  protected checkApproved({ namespace, name }: ClaimRef): void {
    if (this.approveWipe === undefined || this.approveWipe === `${namespace}/${name}`) return;
    throw new UsageError(
      `--approve-wipe "${this.approveWipe}" is not the target: ${namespace}/${name} would be emptied`,
    );
  }

  /** A wipe for an archive without a file would only remove. */
  protected checkWorthWipe({ inspection, source }: ValidatedArchive): void {
    if (!this.wipe || inspection.types.file > 0) return;
    throw new UsageError(`--wipe is refused: ${source.path} has no file to put in the place of the old ones`);
  }

  protected safetyCopy({ host }: Session): Safety | undefined {
    const { safety } = this;
    const timeoutSeconds = duration('--snapshot-timeout', this.snapshotTimeout);
    if (safety === undefined) return undefined;
    if (safety === 'none') return { kind: 'none' };
    if (safety === 'snapshot') return { kind: 'snapshot', timeoutSeconds };
    if (safety === 'archive') return { kind: 'archive', folder: join(ownStateFolder(host), 'safety') };
    const folder = /^archive=(.+)$/s.exec(safety)?.[1];
    if (folder !== undefined) return { kind: 'archive', folder: resolve(host.cwd, folder) };
    throw new UsageError(`--safety "${safety}" is none of: snapshot, archive, archive=DIR, none`);
  }
}
