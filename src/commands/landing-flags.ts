/** The flags that say what of an archive lands: part of it, a damaged one, and how much of the merge is named. */
import { Option, UsageError } from 'clipanion';
import type { Backup } from '../domain/backup.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { type Glob, parseGlob } from '../domain/glob.ts';
import { Selection } from '../domain/selection.ts';
import { count, orUsage } from './flag-values.ts';
import { RetryFlags } from './retry-flags.ts';

/** What a bare `--show-files` names. */
const shownFiles = 40;

export abstract class LandingFlags extends RetryFlags {
  include = Option.Array('--include', [], {
    description:
      "restore only what `GLOB` matches, and the folders above it; * stays in a folder, ** does not, a leading / is the volume's root; repeatable",
  });
  exclude = Option.Array('--exclude', [], {
    description: 'leave out what `GLOB` matches and all below it, also of what is included; repeatable',
  });
  acceptIncomplete = Option.Boolean('--accept-incomplete', false, {
    description:
      'restore what can be read of a damaged archive, into another claim (--target) than the one backed up; exit status 11',
  });
  showFiles = Option.String('--show-files', {
    tolerateBoolean: true,
    description: 'name what the merge creates, overwrites and leaves, `[=N]` of each; bare: 40',
  });

  protected selection(): Selection {
    const include = globs('--include', this.include);
    const exclude = globs('--exclude', this.exclude);
    return new Selection({ include, exclude });
  }

  protected shownFiles(): number {
    if (this.showFiles === undefined) return 0;
    // A bare flag is `true`, whatever the declared type.
    return this.showFiles === String(this.showFiles) ? count('--show-files', this.showFiles) : shownFiles;
  }

  /** Throws a UsageError. The backup's own claim is compared when it is known. */
  protected checkLandingFlags(target: string | undefined): void {
    this.selection();
    this.shownFiles();
    if (this.acceptIncomplete && target === undefined) {
      throw new UsageError(
        '--accept-incomplete needs --target [NS/]PVC: another claim than the one backed up, as what that holds may be more than the archive does',
      );
    }
  }

  protected get landingFlagsGiven(): boolean {
    const { include, exclude, acceptIncomplete, showFiles } = this;
    return include.length + exclude.length > 0 || acceptIncomplete || showFiles !== undefined;
  }
}

/** `--accept-incomplete` never writes over the claim that was backed up. Throws a UsageError that says so. */
export function refuseOwnClaim(target: ClaimRef, backup: Backup): void {
  if (target.namespace !== backup.namespace || target.name !== backup.pvc) return;
  throw new UsageError(
    `--accept-incomplete writes into another claim than the one backed up, and ${target.namespace}/${target.name} is that one: what it holds may be more than the archive does`,
  );
}

function globs(flag: string, texts: readonly string[]): readonly Glob[] {
  return texts.map((text) => orUsage(flag, () => parseGlob(text)));
}
