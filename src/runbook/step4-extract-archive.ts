/**
 * Runbook step 4: Copy and extract archive, as one stream into tar in the restore pod.
 * Invariant: success is what the pod itself says: as many bytes as we sent, tar ended with 0, the filesystem is synced.
 * The bytes come from the file that step 1 read and are hashed again as they go; the last chunk leaves only when the
 * hash is step 1's, so that tar cannot end well on an archive that changed meanwhile. A lost connection is made again
 * and goes on where the pod is; a pod that ended or was restarted is a failure, nothing is begun again. Failure
 * signals: bytes missing, the connection lost for too long or the pod gone (`copy-failed`), tar's own error
 * (`extract-failed`), a volume that runs full (`no-room`).
 */
import { ConnectionError } from '../cluster/connection-error.ts';
import type { ForeignPaths } from '../domain/foreign-paths.ts';
import { messageOf } from '../domain/message-of.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { RecordedTransfer } from '../record/recorded-landing.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import type { PodShape } from './pod-shape.ts';
import type { Run } from './run.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { PatienceLost, type Retried, type RetryLimits, retried } from './transfer/patience.ts';
import { pipeIntoTar } from './transfer/pipe-into-tar.ts';
import { PodEnded, podEnded } from './transfer/pod-ended.ts';
import { wireOf } from './transfer/wire-of.ts';
import { refuseFullVolume } from './volume/full-volume.ts';
import { openDirectories, setOwnership, umaskOf } from './volume/set-ownership.ts';
import { setTimes } from './volume/set-times.ts';

declare const extracted: unique symbol;

/** Evidence that the whole archive is on the volume and on its disk. */
export interface ExtractedArchive {
  readonly [extracted]: true;
  readonly archive: ValidatedArchive;
  /** What of the volume is not the pod's own; undefined as root. */
  readonly foreign: ForeignPaths | undefined;
}

export interface ExtractParts {
  readonly archive: ValidatedArchive;
  readonly writers: QuiescedWorkload;
  readonly pod: RestorePod;
  readonly shape: PodShape;
  readonly foreign: ForeignPaths | undefined;
  readonly transfer: Transfer;
}

/** How the archive moves, and who is told. */
export interface Transfer {
  readonly retry: RetryLimits;
  /** `--limit-rate`. */
  readonly bytesPerSecond?: number | undefined;
  readonly onMoved: (transfer: RecordedTransfer) => void;
}

export async function extractArchive(run: Run, parts: ExtractParts): Promise<ExtractedArchive> {
  const { archive, pod, shape, foreign } = parts;
  const { manifest } = archive;
  const again: Retried = { pod, retry: parts.transfer.retry };
  const work = { pod, manifest, shape, foreign };
  const isForeign = foreign && ((path: string): boolean => foreign.hasDirectory(path));
  await retried(run, again, () => openDirectories(run, work)).catch(asExtractFailure);
  await moveArchive(run, parts);
  await retried(run, again, () => setOwnership(run, work)).catch(asExtractFailure);
  await retried(run, again, () => setTimes(run, pod, { manifest, isForeign })).catch(asExtractFailure);
  return { archive, foreign } as unknown as ExtractedArchive;
}

async function moveArchive(run: Run, { archive, pod, shape, transfer }: ExtractParts): Promise<void> {
  const { onMoved, ...limits } = transfer;
  const wire = wireOf(archive);
  const moved = await pipeIntoTar(run, {
    ...limits,
    pod,
    wire,
    folder: mountPath,
    umask: umaskOf(shape),
    onMoved: ({ bytes, reconnects }) => onMoved({ wire: wire.format, bytes, reconnects }),
  });
  const { exitCode, takenBytes, totalBytes, stderr } = moved;
  const errors = stderr.split('\n').slice(-10).join('\n  ');
  if (exitCode === undefined) {
    const ended = await podEnded(run, pod);
    if (ended !== undefined) throw ended;
    throw new RunbookError(
      'copy-failed',
      `something ended tar in the restore pod after ${takenBytes} bytes (out of memory?)${errors && `: ${errors}`}`,
    );
  }
  if (exitCode !== 0) {
    const { manifest } = archive;
    await refuseFullVolume(run, pod, { errors, takenBytes, manifest, retry: transfer.retry });
    throw new RunbookError('extract-failed', `tar ended with ${exitCode}:\n  ${errors}`);
  }
  if (takenBytes !== totalBytes)
    throw new RunbookError('copy-failed', `tar took ${takenBytes} of ${totalBytes ?? wire.sizeBytes} bytes`);
}

/** Of a pod that is gone or out of reach nobody knows what arrived, whatever was asked of it. */
function asExtractFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  if (cause instanceof ConnectionError || cause instanceof PatienceLost || cause instanceof PodEnded)
    throw new RunbookError('copy-failed', messageOf(cause), { cause });
  throw new RunbookError('extract-failed', messageOf(cause), { cause });
}
