/**
 * Runbook step 4: Copy and extract archive, as one stream into tar in the restore pod.
 *
 * Invariant: success is what the pod itself says: as many bytes as we sent, tar ended with 0, the filesystem is
 * synced. The bytes come from the file that step 1 read and are hashed again as they go; the last chunk leaves only when
 * the hash is step 1's, so that tar cannot end well on an archive that changed meanwhile.
 * Failure signals: bytes missing or the connection lost (`copy-failed`), tar's own error (`extract-failed`).
 */
import { createHash } from 'node:crypto';
import { releaseChunk } from '../archive/release.ts';
import { ConnectionError, isStatus } from '../cluster/connection-error.ts';
import { type Claim, halfWritten } from '../domain/claim.ts';
import { ForeignPaths } from '../domain/foreign-paths.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { holdersOf } from '../domain/pod.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import type { PodShape } from './pod-shape.ts';
import type { Run } from './run.ts';
import { setTimes } from './set-metadata.ts';
import { openDirectories, refuseUnwritable, setOwnership, umaskOf } from './set-ownership.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { inspectVolume, type VolumeSurvey } from './step4-inspect-volume.ts';
import { refuseDialect } from './tar-dialect.ts';

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
  readonly shape: PodShape;
  /** Called when the claim has been marked, before the first byte. */
  readonly onWriting: () => void;
}

export async function extractArchive(run: Run, parts: ExtractParts): Promise<ExtractedArchive> {
  const { archive, writers, pod, shape } = parts;
  const { manifest } = archive;
  await refuseDialect(run, parts).catch(asExtractFailure);
  const foreign = shape.identity.kind === 'root' ? undefined : new ForeignPaths(shape.identity);
  const onEntry = foreign && ((entry: VolumeEntry): void => foreign.add(entry));
  const survey = await inspectVolume(run, { pod, manifest, onEntry }).catch(asCopyFailure);
  refuseUnwritable(shape, foreign, manifest);
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
  const work = { pod, manifest, shape, foreign };
  await openDirectories(run, work).catch(asExtractFailure);
  await streamArchive(run, parts).catch(asCopyFailure);
  await setOwnership(run, work).catch(asExtractFailure);
  const isForeign = foreign && ((path: string): boolean => foreign.hasDirectory(path));
  await setTimes(run, pod, { manifest, isForeign }).catch(asExtractFailure);
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

const blockBytes = 64 * 1024;

/**
 * $2 is how many whole blocks to expect. busybox has no fast byte counter (its `wc` and `tee` cost more than tar):
 * dd counts the whole blocks, and what follows them passes through a file whose size is known.
 * busybox tar maps owners by name unless it is told not to.
 * What tar leaves of stdin is read to its end: of a program that did not, containerd never says how it ended.
 */
const extractScript = `
trap 'cat >/dev/null' EXIT
umask "$3"
cd "$1" || exit 70
said=$(mktemp -d) || exit 71
{ dd bs=${blockBytes} iflag=fullblock count="$2" 2>"$said/blocks"; tee "$said/rest"; } | tar --numeric-owner -xzf -
tar=$?
[ "$tar" = 0 ] && { sync -f . 2>/dev/null || sync; }
echo "tar $tar blocks $(head -n 1 "$said/blocks") rest $(stat -c %s "$said/rest")"
rm -rf "$said"
`;

const hasAnswer = /^tar (\d+)/m;

async function streamArchive(run: Run, { pod, archive, shape }: ExtractParts): Promise<void> {
  let answer = '';
  const { sizeBytes } = archive.source;
  const blocks = String(Math.floor(sizeBytes / blockBytes));
  const words = [mountPath, blocks, umaskOf(shape)];
  const result = await run.cluster.exec(pod, ['sh', '-c', extractScript, 'nkvm-extract', ...words], {
    stdin: rehashed(run, archive, () => hasAnswer.test(answer)),
    onStdout: (chunk) => {
      answer += chunk;
    },
    signal: run.signal,
  });
  const tar = hasAnswer.exec(answer)?.[1];
  const errors = result.stderr.trim().split('\n').slice(-10).join('\n  ');
  if (tar === undefined) {
    throw new RunbookError(
      'copy-failed',
      `the restore pod did not say how tar ended (exit code ${result.exitCode})${errors && `: ${errors}`}`,
    );
  }
  if (tar !== '0') throw new RunbookError('extract-failed', `tar ended with ${tar}:\n  ${errors}`);
  const received = receivedBytes(answer);
  if (received !== sizeBytes) {
    throw new RunbookError('copy-failed', `the restore pod has ${received} of ${sizeBytes} bytes`);
  }
}

/** Only known when tar read all of it: dd and tee die with tar, without a word. */
function receivedBytes(answer: string): number {
  const said = /blocks (\d+)\+\d+ .* rest (\d+)/.exec(answer);
  return said === null ? 0 : Number(said[1]) * blockBytes + Number(said[2]);
}

/** `isOver`: tar has ended, and what is not sent yet has no reader. */
async function* rehashed(
  run: Run,
  { source, inspection }: ValidatedArchive,
  isOver: () => boolean,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  let done = 0;
  for await (const chunk of source.read({ signal: run.signal })) {
    if (isOver()) return;
    hash.update(chunk);
    if (held !== undefined) {
      done += held.length;
      yield held;
      releaseChunk(held);
      run.reporter.progress({ label: 'extract', done, total: source.sizeBytes, unit: 'bytes' });
    }
    held = chunk;
  }
  if (hash.digest('hex') !== inspection.sha256) {
    throw new RunbookError('copy-failed', `${source.path} changed since step 1 read it`);
  }
  if (held !== undefined) yield held;
  run.reporter.progress({ label: 'extract', done: source.sizeBytes, total: source.sizeBytes, unit: 'bytes' });
}

function asCopyFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  const message = isStatus(cause, 404) ? `the restore pod is gone: ${cause.message}` : messageOf(cause);
  throw new RunbookError('copy-failed', message, { cause });
}

/** Of a pod that is gone or out of reach nobody knows what arrived, whatever was asked of it. */
function asExtractFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  if (cause instanceof ConnectionError || isStatus(cause, 404)) asCopyFailure(cause);
  throw new RunbookError('extract-failed', messageOf(cause), { cause });
}
