/**
 * Runbook step 4: Copy and extract archive, as one stream into tar in the restore pod.
 *
 * Invariant: success is what the pod itself says: as many bytes as we sent, tar ended with 0, the filesystem is
 * synced. The bytes come from the file that step 1 read and are hashed again as they go; the last chunk leaves only when
 * the hash is step 1's, so that tar cannot end well on an archive that changed meanwhile. A lost connection is made
 * again and goes on where the pod is; a pod that ended or was restarted is a failure, nothing is begun again.
 * Failure signals: bytes missing, the connection lost for too long or the pod gone (`copy-failed`), tar's own error
 * (`extract-failed`), a volume that runs full (`no-room`).
 */
import { storedWire, type Wire } from '../archive/wire.ts';
import { ConnectionError } from '../cluster/connection-error.ts';
import { type Claim, halfWritten } from '../domain/claim.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { holdersOf } from '../domain/pod.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { RecordedTransfer } from '../record/restore-record.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import { refuseFullVolume } from './full-volume.ts';
import type { Run } from './run.ts';
import { setLinkOwners, setTimes } from './set-metadata.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { inspectVolume, type VolumeSurvey } from './step4-inspect-volume.ts';
import { PatienceLost, type Retried, type RetryLimits, retried } from './transfer/patience.ts';
import { pipeIntoTar } from './transfer/pipe-into-tar.ts';
import { PodEnded, podEnded } from './transfer/pod-ended.ts';

declare const extracted: unique symbol;

/** Evidence that the whole archive is on the volume and on its disk. */
export interface ExtractedArchive {
  readonly [extracted]: true;
  readonly archive: ValidatedArchive;
  readonly survey: VolumeSurvey;
}

export interface ExtractParts {
  readonly archive: ValidatedArchive;
  readonly writers: QuiescedWorkload;
  readonly pod: RestorePod;
  readonly transfer: Transfer;
  /** Called when the claim has been marked, before the first byte. */
  readonly onWriting: () => void;
}

/** How the archive moves, and who is told. */
export interface Transfer {
  readonly retry: RetryLimits;
  /** `--limit-rate`. */
  readonly bytesPerSecond?: number | undefined;
  readonly onMoved: (transfer: RecordedTransfer) => void;
}

export async function extractArchive(run: Run, parts: ExtractParts): Promise<ExtractedArchive> {
  const { archive, writers, pod } = parts;
  const again: Retried = { pod, retry: parts.transfer.retry };
  await retried(run, again, () => refuseDialect(run, pod, archive)).catch(asExtractFailure);
  const survey = await retried(run, again, () => inspectVolume(run, pod, archive.manifest)).catch(
    asCopyFailure,
  );
  run.reporter.info(
    `merge: ${survey.created} created, ${survey.overwritten} files overwritten (${survey.overwrittenNewer} of them newer than the backup), ${survey.extraFiles} extra files stay`,
  );
  await refuseReturnedWriters(run, pod, writers.claim).catch(asCopyFailure);
  await run.cluster.claims
    .annotate(writers.claim, {
      // The first run that failed decides which backups are of half-written data.
      [annotations.halfWrittenSince]: halfWritten(writers.claim)?.since ?? run.cluster.now().toISOString(),
      [annotations.halfWrittenBy]: run.id,
    })
    .catch(asCopyFailure);
  parts.onWriting();
  await moveArchive(run, parts).catch(asCopyFailure);
  await retried(run, again, () => setLinkOwners(run, pod, archive.manifest)).catch(asExtractFailure);
  await retried(run, again, () => setTimes(run, pod, archive.manifest)).catch(asExtractFailure);
  return { archive, survey } as unknown as ExtractedArchive;
}

/** A controller that heals itself, or a colleague, may have started the writers again since step 2. */
async function refuseReturnedWriters(run: Run, pod: RestorePod, claim: Claim): Promise<void> {
  const pods = await run.cluster.pods.list(claim.namespace);
  const back = holdersOf(claim.name, pods).filter(({ name }) => name !== pod.name);
  if (back.length === 0) return;
  throw new RunbookError(
    'writers-not-stopped',
    `pods came back with the claim while the restore pod started: ${back.map(({ name }) => name).join(', ')}; nothing was written`,
  );
}

/** busybox tar passes over pax headers, and with them over long names and times; NKVM's own archives have none. */
async function refuseDialect(run: Run, pod: RestorePod, { inspection }: ValidatedArchive): Promise<void> {
  if (inspection.paxMembers === 0) return;
  let version = '';
  const onStdout = (chunk: Buffer): void => {
    version += chunk;
  };
  const { stderr } = await run.cluster.exec(pod, ['tar', '--version'], { onStdout, signal: run.signal });
  if (!/busybox/i.test(version + stderr)) return;
  throw new RunbookError(
    'extract-failed',
    `${inspection.paxMembers} members have pax headers, which the busybox tar of the restore pod ignores; the volume is untouched: name an image with GNU tar by --helper-image`,
  );
}

async function moveArchive(run: Run, { archive, pod, transfer }: ExtractParts): Promise<void> {
  const { onMoved, ...limits } = transfer;
  const wire = chooseWire(archive);
  const moved = await pipeIntoTar(run, {
    ...limits,
    pod,
    wire,
    folder: mountPath,
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

function chooseWire({ source, inspection }: ValidatedArchive): Wire {
  return storedWire(source, inspection.sha256);
}

function asCopyFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  throw new RunbookError('copy-failed', messageOf(cause), { cause });
}

/** Of a pod that is gone or out of reach nobody knows what arrived, whatever was asked of it. */
function asExtractFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  if (cause instanceof ConnectionError || cause instanceof PatienceLost || cause instanceof PodEnded)
    asCopyFailure(cause);
  throw new RunbookError('extract-failed', messageOf(cause), { cause });
}
