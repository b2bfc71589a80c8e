/** A volume that runs full while tar writes: told with what there is and what was wanted. */
import type { Manifest } from '../archive/manifest.ts';
import { mountPath } from '../domain/restore-pod.ts';
import { counted, formatBytes, formatCount } from '../domain/size.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { type RetryLimits, retried } from './transfer/patience.ts';

export interface TarFailure {
  /** tar's last lines. */
  readonly errors: string;
  /** Bytes of the wire that tar had. */
  readonly takenBytes: number;
  readonly manifest: Manifest;
  readonly retry: RetryLimits;
}

/** Throws a `no-room` RunbookError if that is what tar's words say. */
export async function refuseFullVolume(
  run: Run,
  pod: RestorePod,
  { errors, takenBytes, manifest, retry }: TarFailure,
): Promise<void> {
  if (!/No space left on device|Disk quota exceeded/.test(errors)) return;
  const free = await retried(run, { pod, retry }, () => freeRoom(run, pod));
  let bytes = 0;
  for (const { type, sizeBytes } of manifest.members()) if (type === 'file') bytes += sizeBytes;
  const wanted = `${counted(manifest.size, 'member')} of ${bytes} bytes`;
  throw new RunbookError(
    'no-room',
    `the volume ran full after tar had read ${takenBytes} bytes (${formatBytes(takenBytes)}): it has ${free} free, the archive ${wanted}\n  ${errors}`,
  );
}

async function freeRoom({ cluster, signal }: Run, pod: RestorePod): Promise<string> {
  let output = '';
  const onStdout = (chunk: Buffer): void => {
    output += chunk;
  };
  await cluster.exec(pod, ['stat', '-f', '-c', '%S %a %d', mountPath], { onStdout, signal });
  const [blockBytes = Number.NaN, blocks = Number.NaN, inodes = Number.NaN] = output
    .trim()
    .split(' ')
    .map(Number);
  const bytes = blockBytes * blocks;
  return Number.isNaN(bytes)
    ? 'an unknown number of bytes'
    : `${bytes} bytes and ${formatCount(inodes)} inodes`;
}
