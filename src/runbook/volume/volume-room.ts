import type { ClaimRef } from '../../domain/claim.ts';
import type { Run } from '../run.ts';
import { type FilesystemRoom, filesystemRoom } from './filesystem-room.ts';

/**
 * Of the filesystem that the volume lies on, before there is a restore pod; undefined where no running pod can tell.
 */
export async function volumeRoom(run: Run, claim: ClaimRef): Promise<FilesystemRoom | undefined> {
  const pods = await run.cluster.pods.list(claim.namespace);
  for (const pod of pods) {
    const mount = pod.mounts.find((one) => one.claim === claim.name);
    if (mount === undefined || pod.phase !== 'Running' || pod.deleting) continue;
    // An image without stat, or a pod that ends just now, tells nothing.
    const room = await filesystemRoom(run, pod, mount).catch(() => undefined);
    run.signal.throwIfAborted();
    if (room !== undefined) return room;
  }
  return undefined;
}
