/** `--dry-run=server`: what the API server and a pod that already mounts the claim can tell, changing nothing. */
import type { PodManifest } from '../cluster/cluster.ts';
import { formatBytes } from '../domain/size.ts';
import type { PreparedRestore } from './restore-request.ts';
import type { Run } from './run.ts';
import { admitRestorePod } from './step3-create-restore-pod.ts';
import { volumeRoom } from './volume/volume-room.ts';

/** Lines for the plan. Throws `pod-rejected` when the restore pod would be refused. */
export async function askServer(
  run: Run,
  { target, archive }: PreparedRestore,
  manifest: PodManifest,
): Promise<readonly string[]> {
  await admitRestorePod(run, target.claim.namespace, manifest);
  const room = await volumeRoom(run, target.claim);
  const said =
    room === undefined
      ? 'unknown: no running pod can tell'
      : `${formatBytes(room.availableBytes)} free on the volume`;
  const content = formatBytes(archive.landed.contentBytes);
  return [
    'Server    the restore pod is admitted, every permission is there',
    `Room      ${said}; ${content} of content will land`,
  ];
}
