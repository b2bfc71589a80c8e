/**
 * What CronJobs have started since the resume, when the application has failed: to suspend a CronJob again does not stop
 * its Jobs. With `--stop-jobs` they are suspended too, and recorded; without it they are the operator's to stop, named.
 */
import type { ClaimRef } from '../../domain/claim.ts';
import { fieldsOf, stopPatch } from '../../domain/field-values.ts';
import { messageOf } from '../../domain/message-of.ts';
import { stoppedWords } from '../../domain/stop-words.ts';
import { type Workload, workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';
import { runningJobs } from './running-jobs.ts';
import { type Stop, stopObject } from './stop-objects.ts';

export interface StartedJobsOptions {
  readonly claim: ClaimRef;
  /** The CronJobs among them are looked at. */
  readonly stopped: readonly Stop[];
  /** `--stop-jobs` */
  readonly stopJobs: boolean;
  /** As `StopOptions` has it. */
  readonly onStopping: (stop: Stop) => void;
  readonly onRefused: (stop: Stop) => void;
}

export interface StartedJobs {
  readonly said: readonly string[];
  /** Commands that stop what goes on. */
  readonly next: readonly string[];
}

/** Never rejects. */
export async function stopStartedJobs(
  run: Run,
  { claim, stopped, stopJobs, onStopping, onRefused }: StartedJobsOptions,
): Promise<StartedJobs> {
  const said: string[] = [];
  const next: string[] = [];
  const jobs = await runningJobs(run, claim, stopped).catch((error: unknown) => {
    said.push(`what CronJobs have started meanwhile is not stopped: ${messageOf(error)}`);
    return [];
  });
  for (const job of jobs) {
    try {
      if (stopJobs) {
        await stopObject(run, job.object, { claim, onStopping, onRefused });
        said.push(`${stoppedWords(job.object)} too`);
        continue;
      }
      said.push(`${workloadName(job)} was started meanwhile and goes on writing to ${claim.name}`);
    } catch (error) {
      said.push(messageOf(error));
    }
    next.push(suspendCommand(job));
  }
  return { said, next };
}

function suspendCommand(job: Workload): string {
  const patch = JSON.stringify(stopPatch(fieldsOf(job.object)));
  return `kubectl -n ${job.namespace} patch ${workloadName(job)} --type=merge -p '${patch}'`;
}
