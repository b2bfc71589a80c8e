/** The flags of `restore`: what they may be together, and what the runbook is asked for by them. */
import { Option, UsageError } from 'clipanion';
import { parseWorkloadRef } from '../domain/workload.ts';
import type { RestoreRequest } from '../runbook/restore-request.ts';
import type { ResumeRequest } from '../runbook/resume-and-check.ts';
import { checkedTarget } from './archive-command.ts';
import { count, duration } from './flag-values.ts';
import type { RecordFlags } from './open-record.ts';
import { overrider, podImage } from './pod-flags.ts';
import { ask } from './prompt.ts';
import { checkRecordPath } from './record-flags.ts';
import { RolloutFlags } from './rollout-flags.ts';
import { localRunner } from './run-locally.ts';
import type { Session } from './session.ts';

export type DryRun = 'client' | 'server';

/** What the flags say of steps 2 to 5.2; the backup and its claim are not known yet. */
type StepFlags = Omit<RestoreRequest, 'archive' | 'target' | 'operator' | keyof ResumeRequest>;

export abstract class RestoreFlags extends RolloutFlags {
  backup = Option.String({ required: false, name: 'BACKUP' });
  target = Option.String('--target', { description: 'another claim than the one backed up: `[NS/]PVC`' });
  dryRun = Option.String('--dry-run', {
    tolerateBoolean: true,
    description: 'print the plan and change nothing: `[=client|server]`; server asks the API server too',
  });
  yes = Option.Boolean('-y,--yes', false, { description: 'do not ask; needed where there is no terminal' });
  workloads = Option.Array('--workload', [], {
    description: '`KIND/NAME` that you expect to mount the claim; another one stops the run; repeatable',
  });
  replicas = Option.String('--replicas', {
    description:
      'resume to `N` instead of the recorded count; of several workloads, one that was at 0 stays there',
  });
  retainClaims = Option.Boolean('--retain-claims', false, {
    description: 'keep claims that scaling a StatefulSet down would delete',
  });
  keepStopped = Option.Boolean('--keep-stopped', false, {
    description: 'leave the writers down also where nothing was written',
  });
  checks = Option.Array('--check', [], {
    description: '`SCRIPT` for sh -c in the restore pod, in /restore, before the resume; repeatable',
  });
  checkTimeout = Option.String('--check-timeout', '300s', {
    description: '`DURATION` of one --check (default 300s)',
  });
  appChecks = Option.Array('--check-app', [], {
    description: '`COMMAND` on this machine after the rollout; repeatable',
  });
  hold = Option.Boolean('--hold', false, { description: 'stop after step 5.2; --continue resumes' });
  continued = Option.String('--continue', { description: 'resume the held `RUN`, from step 5.3' });
  podTimeout = Option.String('--pod-timeout', '180s', {
    description: '`DURATION` for the restore pod to become Ready (default 180s)',
  });
  quiesceTimeout = Option.String('--quiesce-timeout', '300s', {
    description: '`DURATION` for the writers to stop (default 300s)',
  });
  helperImage = Option.String('--helper-image', {
    description: '`IMAGE` of the restore pod; without it, $NKVM_HELPER_IMAGE, then alpine:3.20',
  });
  overrides = Option.String('--overrides', {
    description: '`JSON` merged into the restore pod, as in kubectl run',
  });
  reason = Option.String('--reason', { description: 'why, as `TEXT` for the record' });
  operator = Option.String('--operator', {
    description: '`NAME` of the operator for the record; without it, the local user',
  });
  record = Option.String('--record', {
    description: '`FILE` for the incident record: .json, .yaml or .md; without it, one in the state folder',
  });

  /** Throws a UsageError before anything is read. */
  protected checkRestoreFlags(session: Session): void {
    checkRecordPath(this.record);
    const names = this.backup === undefined ? [] : [this.backup];
    if (this.continued === undefined) this.checkArchiveFlags(this.isToChoose(session) ? ['backup/'] : names);
    else this.checkContinueFlags(names);
    if (this.archive !== undefined && this.target === undefined)
      throw new UsageError('--archive needs --target [NS/]PVC');
    if (this.target !== undefined) checkedTarget(this.target, 'default');
    this.checkLandingFlags(this.target);
    this.dryRunKind();
    this.checkSafetyFlags(session);
    this.stepFlags(session);
    this.resumeFlags(session, '');
    if (this.dryRun === undefined && !this.yes && !session.isInteractive) {
      throw new UsageError(
        'stdin or stderr is no terminal, so nobody can be asked: add --yes to approve, or --dry-run',
      );
    }
  }

  /** No archive is named, and somebody is there who can be asked for one. */
  protected isToChoose({ isInteractive }: Session): boolean {
    const named = [this.backup, this.file, this.archive, this.continued];
    return isInteractive && !this.yes && named.every((one) => one === undefined);
  }

  protected dryRunKind(): DryRun | undefined {
    const { dryRun } = this;
    if (dryRun === undefined || dryRun === 'client' || dryRun === 'server') return dryRun;
    // A bare flag is `true`, whatever the declared type.
    if (typeof dryRun === 'boolean') return 'client';
    throw new UsageError(`--dry-run "${dryRun}" is neither client nor server`);
  }

  protected stepFlags(session: Session): StepFlags {
    const workloads = this.workloads.map((text) => {
      const parsed = parseWorkloadRef(text);
      if (parsed === undefined)
        throw new UsageError(
          `--workload "${text}" is not KIND/NAME of something that starts pods: deployment/NAME, ...`,
        );
      return parsed;
    });
    const safety = this.safetyCopy(session);
    return {
      selection: this.selection(),
      acceptIncomplete: this.acceptIncomplete,
      showFiles: this.shownFiles(),
      ...(session.isInteractive && !this.yes && { askMerge: (merge) => askMerge(session, merge) }),
      workloads,
      ...(safety !== undefined && { safety }),
      wipe: this.wipe,
      ...(this.replicas !== undefined && { replicas: count('--replicas', this.replicas) }),
      retainClaims: this.retainClaims,
      writers: this.writerWish(),
      keepers: this.keeperWish(),
      keepStopped: this.keepStopped,
      hold: this.hold,
      checks: this.checks,
      checkTimeoutSeconds: duration('--check-timeout', this.checkTimeout),
      owners: this.ownerWish(),
      image: podImage(session, this.helperImage),
      override: overrider(this.overrides),
      podTimeoutSeconds: duration('--pod-timeout', this.podTimeout),
      quiesceTimeoutSeconds: duration('--quiesce-timeout', this.quiesceTimeout),
      transfer: this.transferFlags(),
    };
  }

  protected resumeFlags(session: Session, backupName: string): ResumeRequest & RecordFlags {
    const { isInteractive, host } = session;
    return {
      appChecks: this.appChecks,
      ...this.rolloutFlags(),
      runLocally: localRunner(host),
      backupName,
      ...(isInteractive && { askSlow: (what: string) => askSlow(session, what) }),
      ...this.recordFlags(session),
    };
  }

  protected recordFlags(session: Session): RecordFlags {
    return {
      operator: this.operator ?? session.host.userName,
      ...(this.reason !== undefined && { reason: this.reason }),
      ...(this.record !== undefined && { recordPath: this.record }),
    };
  }

  private checkContinueFlags(names: readonly string[]): void {
    const values: readonly unknown[] = [
      names[0],
      this.file,
      this.archive,
      this.at,
      this.catalog,
      this.target,
      this.dryRun,
      this.replicas,
      this.checks[0],
      this.workloads[0],
      this.safety,
      this.approveWipe,
      this.owner,
      this.mapOwner[0],
    ];
    const isAlone = values.every((value) => value === undefined);
    const { wipe, hold, retainClaims, keepStopped, landingFlagsGiven, writerFlagsGiven } = this;
    const others = wipe || hold || retainClaims || keepStopped || landingFlagsGiven || writerFlagsGiven;
    if (isAlone && !others) return;
    throw new UsageError('--continue RUN takes only --check-app, --rollout-timeout and the record flags');
  }
}

async function askMerge(session: Session, merge: readonly string[]): Promise<boolean> {
  const answer = await ask(
    session.host,
    `Merge: ${merge.join('\n  ')}\nNothing is written yet. Go on? [y/N] `,
  );
  return answer === 'y' || answer === 'yes';
}

async function askSlow(session: Session, what: string): Promise<'wait' | 'leave' | 'stop'> {
  const question = `Still starting, not failed: ${what}\n[w]ait again, [l]eave it running, or [s]cale back to 0? [w] `;
  const answer = await ask(session.host, question);
  return answer.startsWith('s') ? 'stop' : answer.startsWith('l') ? 'leave' : 'wait';
}
