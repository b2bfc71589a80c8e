/**
 * Runbook step 4, before the first change: the safety copy of the volume as it was ("snapshot/backup confirmation").
 * Invariant: returns only when the copy is there and can be used: the snapshot is ready, or the archive is whole,
 * hashed and holds every path that the volume holds. A failure or a signal here has written nothing to the volume.
 * Failure signal: `safety-failed`.
 */
import { messageOf } from '../domain/message-of.ts';
import type { PlannedSafety } from '../domain/safety.ts';
import type { RecordedSafety } from '../record/recorded-landing.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import { pullArchive } from './pull-archive.ts';
import type { Run } from './run.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { syncVolume } from './sync-volume.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { type RetryLimits, retried } from './transfer/patience.ts';

export interface ProtectParts {
  readonly writers: QuiescedWorkload;
  readonly pod: RestorePod;
  readonly safety: PlannedSafety;
  readonly operator: string;
  readonly retry: RetryLimits;
}

/** What the record keeps of the copy. */
export async function protectVolume(run: Run, parts: ProtectParts): Promise<RecordedSafety> {
  try {
    return await makeCopy(run, parts);
  } catch (cause) {
    run.signal.throwIfAborted();
    if (cause instanceof Interrupted) throw cause;
    if (cause instanceof RunbookError && cause.code === 'safety-failed') throw cause;
    throw new RunbookError('safety-failed', messageOf(cause), { cause });
  }
}

async function makeCopy(run: Run, parts: ProtectParts): Promise<RecordedSafety> {
  const { writers, pod, safety, operator, retry } = parts;
  const { claim } = writers;
  switch (safety.kind) {
    case 'none':
      run.reporter.info('no safety copy is made: --safety none says that there is one');
      return { kind: 'none' };
    case 'snapshot':
      // A node that mounted the volume all along may hold writes of the stopped pods that its disk has not seen.
      await retried(run, { pod, retry }, () => syncVolume(run, pod));
      await takeSnapshot(run, { claim, pod, retry }, { ...safety, operator });
      return recordedSnapshot(safety);
    case 'archive': {
      const { path, sha256, sizeBytes, members, lostMetadata } = await pullArchive(run, pod, {
        claim,
        folder: safety.folder,
        retry,
      });
      const target = `${claim.namespace}/${claim.name}`;
      const restoreWith = run.command('restore', '--archive', path, '--checksum', sha256, '--target', target);
      run.reporter.info(`what the volume held comes back with: ${restoreWith}`);
      return { kind: 'archive', archive: path, sha256, sizeBytes, members, lostMetadata, restoreWith };
    }
  }
}

function recordedSnapshot({ name, className }: Extract<PlannedSafety, { kind: 'snapshot' }>): RecordedSafety {
  return { kind: 'snapshot', snapshot: name, ...(className !== undefined && { snapshotClass: className }) };
}
