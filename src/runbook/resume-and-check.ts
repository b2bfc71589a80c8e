/** Runbook steps 5.3, 5.4 and the checks on this machine: the part that `restore` and `restore --continue` share. */
import type { ClaimRef } from '../domain/claim.ts';
import { fieldsOf } from '../domain/field-values.ts';
import { messageOf } from '../domain/message-of.ts';
import { isReady, type Pod } from '../domain/pod.ts';
import { isWorkloadRef, workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import { releaseEmptiedHolds } from './guard/emptied-holds.ts';
import { refuseStarting } from './guard/half-written-beside.ts';
import type { IncidentRecord, StepHeading } from './incident-record.ts';
import type { Run } from './run.ts';
import { keyOf, type RunState } from './run-state.ts';
import {
  backToZero,
  type ResumedWorkload,
  type ResumeOptions,
  resumeWorkload,
} from './step5-resume-workload.ts';
import { hasRest } from './writers/give-back.ts';
import { noteGone } from './writers/gone-objects.ts';
import { withOutcome, withStop } from './writers/recorded-stops.ts';

const resume: StepHeading = {
  step: '5.3',
  heading: 'Resume workload, and verify its readiness',
  otherwise: 'resume-failed',
};
const check: StepHeading = { step: '5.4', heading: 'Check the application', otherwise: 'app-failed' };

export interface ResumeRequest {
  readonly appChecks: readonly string[];
  readonly rolloutTimeoutSeconds: number;
  /** `--record-logs`: how many log lines of each failing container the record gets. */
  readonly recordedLogLines: number;
  /** Asked on a terminal when the budget ends with the app still starting. */
  readonly askSlow?: ResumeOptions['askSlow'];
  /** Runs a `--check-app` on this machine with these variables added to the environment. */
  readonly runLocally: RunLocally;
  /** NKVM_BACKUP of the checks: `backup/ID`, or the archive's path. */
  readonly backupName: string;
}

export type RunLocally = (
  command: string,
  variables: Readonly<Record<string, string>>,
) => Promise<{ readonly exitCode: number; readonly output: string }>;

export interface ResumeAndCheckParts {
  /** Without what step 2 was told, where `--continue` goes on. */
  readonly request: ResumeRequest & { readonly writers?: { readonly stopJobs: boolean } };
  readonly claim: ClaimRef;
  readonly record: IncidentRecord;
  readonly state: RunState;
}

export async function resumeAndCheck(
  run: Run,
  { request, claim, record, state }: ResumeAndCheckParts,
): Promise<void> {
  const options: ResumeOptions = {
    claim,
    stopped: state.stopped,
    timeoutSeconds: request.rolloutTimeoutSeconds,
    ...(request.askSlow && { askSlow: request.askSlow }),
    onResumed: (one, now) => {
      state.resuming = true;
      state.resumed.add(keyOf(one));
      if (hasRest(one)) state.restDue.add(keyOf(one));
      const verification = { ...record.current.verification, rollout: 'not-awaited' } as const;
      record.note({ ...withOutcome(record.current, one, fieldsOf(now)), verification });
    },
    onGone: (one) => noteGone(run, { record, state }, one),
    onRestGiven: (one) => {
      state.restDue.delete(keyOf(one));
    },
    onStoppedAgain: (one) => {
      state.resumed.delete(keyOf(one));
      state.restDue.delete(keyOf(one));
      state.stopped = state.stopped.map((other) => (keyOf(other) === keyOf(one) ? one : other));
      record.note(withOutcome(record.current, one, 'stopped'));
    },
    stopJobs: request.writers?.stopJobs ?? false,
    onStopping: (job) => {
      state.stopped = [...state.stopped.filter((other) => keyOf(other) !== keyOf(job)), job];
      record.note(withStop(record.current, job));
    },
    onRefused: (job) => {
      state.resumed.add(keyOf(job));
    },
    recordedLogLines: request.recordedLogLines,
    onDiagnostics: (lines) => record.note({ diagnostics: [...record.current.diagnostics, ...lines] }),
  };
  if (state.stopped.length > 0) {
    const { pods } = await record.during(resume, () =>
      startAgain(run, options, request.writers === undefined ? ['--hold'] : []).catch((error: unknown) => {
        const rollout = error instanceof RunbookError ? rolloutOf(error) : 'not-awaited';
        record.note({ verification: { ...record.current.verification, rollout } });
        throw error;
      }),
    );
    record.note({ verification: { ...record.current.verification, rollout: 'awaited' } });
    for (const pod of pods) run.reporter.info(`  ${podLine(pod)}`);
  }
  if (request.appChecks.length === 0) return;
  await record.during(check, () => checkApp(run, { request, claim, record, state }, options));
}

/** `flags`: of the restore of a half-written claim beside this one, where this run's workloads are held. */
async function startAgain(
  run: Run,
  options: ResumeOptions,
  flags: readonly string[],
): Promise<ResumedWorkload> {
  const { claim, stopped } = options;
  await refuseStarting(run, { namespace: claim.namespace, stopped }, flags);
  const resumed = await resumeWorkload(run, options);
  await releaseEmptiedHolds(run, { claim, stopped });
  return resumed;
}

async function checkApp(
  run: Run,
  { request, claim, record, state }: ResumeAndCheckParts,
  options: ResumeOptions,
): Promise<void> {
  const variables = {
    NKVM_RUN: run.id,
    NKVM_NAMESPACE: claim.namespace,
    NKVM_PVC: claim.name,
    NKVM_WORKLOADS: state.stopped.filter(isWorkloadRef).map(workloadName).join(' '),
    NKVM_BACKUP: request.backupName,
    NKVM_CONTEXT: run.cluster.identity.context,
  };
  for (const command of request.appChecks) {
    const { exitCode, output } = await request.runLocally(command, variables).catch((error: unknown) => {
      run.signal.throwIfAborted();
      return { exitCode: -1, output: messageOf(error) };
    });
    run.signal.throwIfAborted();
    record.addCheck({ where: 'operator-machine', command, exitCode, output });
    if (exitCode === 0) {
      run.reporter.info(`application check passed: ${command}`);
      continue;
    }
    const said = output.trimEnd().split('\n').slice(-10).join('\n  ');
    const after = await backToZero(run, options);
    throw new RunbookError(
      'app-failed',
      `application check ended with ${exitCode}: ${command}\n  ${said}\n  ${after.said}`,
      { next: after.next },
    );
  }
}

function rolloutOf({ code }: RunbookError): 'failed' | 'still-starting' | 'not-awaited' {
  return code === 'app-failed' ? 'failed' : code === 'app-not-ready' ? 'still-starting' : 'not-awaited';
}

function podLine(pod: Pod): string {
  const ready = pod.containers.filter((container) => container.ready).length;
  const restarts = pod.containers.reduce((sum, container) => sum + container.restarts, 0);
  const state = isReady(pod) ? 'Ready' : pod.phase;
  return `pod/${pod.name}  ${ready}/${pod.containers.length} ready  ${state}  ${restarts} restarts  on ${pod.node ?? '-'}`;
}
