/** A volume that runs full while tar writes: told with what there is and what was wanted. */
import type { Manifest } from '../../archive/manifest.ts';
import { mountPath } from '../../domain/restore-pod.ts';
import { counted, formatBytes } from '../../domain/size.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { type RetryLimits, retried } from '../transfer/patience.ts';
import { filesystemRoom } from './filesystem-room.ts';

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
  const room = await retried(run, { pod, retry }, () => filesystemRoom(run, pod, { path: mountPath }));
  const free =
    room === undefined
      ? 'an unknown amount'
      : `${formatBytes(room.availableBytes)} and ${counted(room.freeInodes, 'inode')}`;
  let bytes = 0;
  for (const { type, sizeBytes } of manifest.members()) if (type === 'file') bytes += sizeBytes;
  const wanted = `${counted(manifest.size, 'member')} of ${formatBytes(bytes)}`;
  throw new RunbookError(
    'no-room',
    `the volume ran full after tar had read ${formatBytes(takenBytes)}: it has ${free} free, the archive ${wanted}\n  ${errors}`,
  );
}
