/**
 * Runbook step 4, before the first change: the safety copy of the volume as it was ("snapshot/backup confirmation").
 * Invariant: returns only when the copy is there and can be used: the snapshot is ready, or the archive is whole,
 * hashed and holds every path that the volume holds. A failure or a signal here has written nothing to the volume.
 * Failure signal: `safety-failed`.
 */
import type { Claim, ClaimRef } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import type { PlannedSafety, PlannedSnapshot } from '../domain/safety.ts';
import { shellWord } from '../domain/shell-words.ts';
import type { RecordedSafety } from '../record/recorded-landing.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import { type PulledArchive, pullArchive } from './safety/pull-archive.ts';
import { takeSnapshot } from './safety/take-snapshot.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { type RetryLimits, retried } from './transfer/patience.ts';
import { syncVolume } from './volume/sync-volume.ts';

export interface ProtectParts {
  readonly writers: QuiescedWorkload;
  readonly pod: RestorePod;
  readonly safety: PlannedSafety;
  readonly operator: string;
  readonly retry: RetryLimits;
  /** Told of half a copy before there is one, and of none when it was removed. */
  readonly onUnfinished: (copy: string | undefined) => Promise<void>;
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
  const { writers, pod, safety, operator, retry, onUnfinished } = parts;
  const { claim } = writers;
  switch (safety.kind) {
    case 'none':
      run.reporter.info('no safety copy is made: --safety none says that there is one');
      return { kind: 'none' };
    case 'snapshot':
      // A node that mounted the volume all along may hold writes of the stopped pods that its disk has not seen.
      await retried(run, { pod, retry }, () => syncVolume(run, pod));
      await takeSnapshot(run, { claim, pod, retry, onUnfinished }, { ...safety, operator });
      return recordedSnapshot(claim, safety);
    case 'archive': {
      const { folder } = safety;
      const { files, ...copy } = await pullArchive(run, pod, { claim, folder, retry, onUnfinished });
      const restoreWith = putBackCommand(run, claim, { ...copy, files });
      run.reporter.info(`what the volume held comes back with: ${restoreWith}`);
      return { kind: 'archive', ...copy, restoreWith };
    }
  }
}

/** What the run adds to the volume is no part of it as it was; but in the place of no file nothing is removed. */
function putBackCommand(
  { command }: Run,
  claim: ClaimRef,
  { archive, sha256, files }: PulledArchive,
): string {
  const target = `${claim.namespace}/${claim.name}`;
  const wipe = files === 0 ? [] : ['--wipe', '--approve-wipe', target, '--safety', 'none'];
  return command('restore', '--archive', archive, '--checksum', sha256, '--target', target, ...wipe);
}

function recordedSnapshot(
  { namespace, storageClass, accessModes, capacity }: Claim,
  { name, className }: PlannedSnapshot,
): RecordedSafety {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      accessModes,
      resources: { requests: { storage: capacity } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name },
    },
  };
  const restoreWith = `echo ${shellWord(JSON.stringify(claim))} | kubectl -n ${namespace} create -f -`;
  return {
    kind: 'snapshot',
    snapshot: name,
    ...(className !== undefined && { snapshotClass: className }),
    restoreWith,
  };
}
