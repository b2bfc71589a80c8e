/** `--hold`: leaves the data verified, the claim free and the workload down, with all that `--continue` needs on it. */

import type { Claim } from '../domain/claim.ts';
import { annotations } from '../domain/names.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import type { RunId } from '../domain/run.ts';
import { type Workload, workloadName } from '../domain/workload.ts';
import type { LockedRun } from './claim-lock.ts';
import { RunbookError } from './failure-matrix.ts';
import { patchFresh } from './patch-workload.ts';
import type { Run } from './run.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { StoppedWorkload } from './step2-quiesce-workload.ts';

export interface HoldParts {
  readonly claim: Claim;
  readonly workloads: readonly StoppedWorkload[];
  readonly archive: ValidatedArchive;
}

/** What is held for nobody is no run to continue: the lock then ends with the run. */
export async function holdWorkload(run: LockedRun, { workloads, archive }: HoldParts): Promise<void> {
  for (const one of workloads) {
    await patchFresh(run, one, (now) => ({
      annotations: {
        [annotations.replicas]: String(one.resumeTo),
        [annotations.heldSpec]: now.specDigest,
        [annotations.heldArchive]: archive.source.path,
        [annotations.heldChecksum]: archive.inspection.sha256 ?? null,
      },
    }));
    run.reporter.info(`${workloadName(one)} is held at 0 (was ${one.replicas})`);
  }
  if (workloads.length > 0) await run.lock.hold();
}

/** A run that was held, as the cluster tells it. */
export interface HeldRun {
  readonly claim: string;
  readonly workloads: readonly StoppedWorkload[];
  readonly archivePath: string;
  readonly sha256?: string;
}

/** Finds it by its name; refuses one whose workload was changed since. Reads only. */
export async function findHeldRun(run: Run, namespace: string, held: RunId): Promise<HeldRun> {
  const workloads = (await run.cluster.workloads.list(namespace)).filter((one) => {
    const record = quiesceRecord(one);
    return record?.run === held && record.heldSpec !== undefined;
  });
  const first = workloads[0] && quiesceRecord(workloads[0]);
  if (first === undefined) {
    throw new RunbookError('run-unknown', `no workload in namespace ${namespace} is held by run ${held}`);
  }
  for (const workload of workloads) refuseChanged(run, workload, held);
  return {
    claim: first.claim,
    workloads: workloads.map(toStopped),
    archivePath: first.heldArchive ?? 'unknown',
    ...(first.heldChecksum !== undefined && { sha256: first.heldChecksum }),
  };
}

function refuseChanged(run: Run, workload: Workload, held: RunId): void {
  if (quiesceRecord(workload)?.heldSpec === workload.specDigest) return;
  throw new RunbookError(
    'workload-changed',
    `${workloadName(workload)} was changed since run ${held} was held: it asks for ${workload.replicas} replicas now`,
    { next: [run.command('cleanup', held, '--resume', '-n', workload.namespace)] },
  );
}

/** A recorded workload as step 5 resumes it. */
export function toStopped(workload: Workload): StoppedWorkload {
  const record = quiesceRecord(workload);
  return {
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
    replicas: record?.replicas ?? 0,
    resumeTo: record?.replicas ?? 0,
    ...(record?.whenScaled === 'Delete' && { whenScaled: 'Delete' }),
    undo: {},
  };
}
