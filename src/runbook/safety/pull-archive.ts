/**
 * The volume as it is now, as a tar.gz on this machine that `restore` takes: NKVM's format and file name.
 *
 * Guarantees: the file is whole (it is read back to its end), it is what arrived (hashed on the way), and it holds each
 * path of the volume with its type, size and link target; what tar cannot hold of owners, modes and times is counted.
 * Nothing on the volume changes, so a lost connection only means to begin again: tar's stream cannot be gone on with.
 */
import { inspectArchive } from '../../archive/inspect-archive.ts';
import { ManifestWriter } from '../../archive/manifest-writer.ts';
import { PartialArchive } from '../../archive/partial-archive.ts';
import { formatArchiveName } from '../../domain/archive-path.ts';
import type { ClaimRef } from '../../domain/claim.ts';
import { messageOf } from '../../domain/message-of.ts';
import { mountPath } from '../../domain/restore-pod.ts';
import { counted, formatBytes } from '../../domain/size.ts';
import { packScript } from '../../domain/volume-scripts.ts';
import { openLocalArchive } from '../../sources/local-file.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { type RetryLimits, retried } from '../transfer/patience.ts';
import { type CopyLosses, compareCopy } from '../volume/compare-copy.ts';
import { copyName, partialCopy } from './partial-copy.ts';

export interface PulledArchive extends CopyLosses {
  readonly archive: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly members: number;
  readonly files: number;
}

export interface PullOptions {
  readonly claim: ClaimRef;
  /** Has to be there. */
  readonly folder: string;
  readonly retry: RetryLimits;
  readonly onUnfinished: (file: string | undefined) => Promise<void>;
}

export async function pullArchive(run: Run, pod: RestorePod, options: PullOptions): Promise<PulledArchive> {
  let isBegun = false;
  return retried(run, { pod, retry: options.retry }, () => {
    if (isBegun) run.reporter.info('the safety copy begins again');
    isBegun = true;
    return pullOnce(run, pod, options);
  });
}

async function pullOnce(run: Run, pod: RestorePod, options: PullOptions): Promise<PulledArchive> {
  const manifest = new ManifestWriter();
  try {
    return await pullInto(run, pod, { ...options, manifest });
  } finally {
    manifest.close();
  }
}

async function pullInto(
  run: Run,
  pod: RestorePod,
  { claim, folder, retry, manifest, onUnfinished }: PullOptions & { readonly manifest: ManifestWriter },
): Promise<PulledArchive> {
  await onUnfinished(partialCopy(folder, run.id));
  const partial = new PartialArchive(folder, copyName(run.id));
  try {
    const sha256 = await receive(run, pod, partial);
    // When it was finished, by the clock that also dates the half-written mark: the copy is older than that.
    const createdAt = run.cluster.now().toISOString();
    const files = await readBack(run, partial, { sha256, manifest });
    const whole = manifest.finish();
    // What was pulled is not pulled again for that.
    const losses = await retried(run, { pod, retry }, () => compareCopy(run, pod, whole));
    const archive = partial.keepAs(
      formatArchiveName({ createdAt, namespace: claim.namespace, pvc: claim.name }),
    );
    const { sizeBytes } = partial;
    run.reporter.info(`safety copy ${archive} (${formatBytes(sizeBytes)}, ${counted(whole.size, 'member')})`);
    return { archive, sha256, sizeBytes, members: whole.size, files, ...losses };
  } catch (error) {
    if (isDiscarded(run, partial)) await onUnfinished(undefined);
    throw error;
  }
}

/** A half that cannot be removed must not hide why it is one. */
function isDiscarded(run: Run, partial: PartialArchive): boolean {
  try {
    partial.discard();
    return true;
  } catch (error) {
    run.reporter.warn(`${partial.path} cannot be removed: ${messageOf(error)}`);
    return false;
  }
}

async function receive(run: Run, pod: RestorePod, partial: PartialArchive): Promise<string> {
  const result = await run.cluster.exec(pod, ['sh', '-c', packScript, 'nkvm-pack', mountPath], {
    onStdout: (chunk) => {
      try {
        partial.write(chunk);
      } catch (cause) {
        throw new RunbookError('safety-failed', `${partial.path} cannot be written: ${messageOf(cause)}`, {
          cause,
        });
      }
      run.reporter.progress({ label: 'safety copy', done: partial.sizeBytes, unit: 'bytes' });
    },
    signal: run.signal,
  });
  if (result.exitCode !== 0) {
    const errors = result.stderr.trim().split('\n').slice(-10).join('\n  ');
    throw new RunbookError(
      'safety-failed',
      `tar in the restore pod ended with ${result.exitCode}:\n  ${errors}`,
    );
  }
  return partial.end();
}

interface ReadBackParts {
  readonly sha256: string;
  readonly manifest: ManifestWriter;
}

/** How many files it holds. */
async function readBack(
  run: Run,
  { path }: PartialArchive,
  { sha256, manifest }: ReadBackParts,
): Promise<number> {
  const source = await openLocalArchive(path);
  try {
    const { verdict, types } = await inspectArchive(source, {
      expectedSha256: sha256,
      manifest,
      signal: run.signal,
      onProgress: (done) =>
        run.reporter.progress({ label: 'validate', done, total: source.sizeBytes, unit: 'bytes' }),
    });
    if (verdict.result === 'complete') return types.file;
    throw new RunbookError('safety-failed', `the safety copy is ${verdict.result}: ${verdict.reason}`);
  } finally {
    await source.close();
  }
}
