/** `--dry-run=server`: what the API server and a pod that already mounts the claim can tell, changing nothing. */
import type { PodManifest } from '../cluster/cluster.ts';
import { formatBytes } from '../domain/size.ts';
import type { PreparedRestore } from './restore.ts';
import type { Run } from './run.ts';
import { admitRestorePod } from './step3-create-restore-pod.ts';

/** Lines for the plan. Throws `pod-rejected` when the restore pod would be refused. */
export async function askServer(
  run: Run,
  { target, archive }: PreparedRestore,
  manifest: PodManifest,
): Promise<readonly string[]> {
  await admitRestorePod(run, target.claim.namespace, manifest);
  const free = await freeBytes(run, target.claim);
  const room =
    free === undefined ? 'unknown: no running pod can tell' : `${formatBytes(free)} free on the volume`;
  const content = formatBytes(archive.inspection.contentBytes);
  return [
    'Server    the restore pod is admitted, every permission is there',
    `Room      ${room}; the archive holds ${content}`,
  ];
}

async function freeBytes(run: Run, claim: { namespace: string; name: string }): Promise<number | undefined> {
  const pods = await run.cluster.pods.list(claim.namespace);
  for (const pod of pods) {
    const mount = pod.mounts.find((one) => one.claim === claim.name);
    if (mount === undefined || pod.phase !== 'Running' || pod.deleting) continue;
    let output = '';
    const onStdout = (chunk: Buffer): void => {
      output += chunk;
    };
    const { container, path } = mount;
    const command = ['stat', '-f', '-c', '%S %a', path];
    // An image without stat, or a pod that ends just now, tells nothing.
    await run.cluster.exec(pod, command, { container, onStdout, signal: run.signal }).catch(() => undefined);
    run.signal.throwIfAborted();
    const [blockSize, blocks] = output.trim().split(' ').map(Number);
    if (blockSize !== undefined && blocks !== undefined && blockSize > 0) return blockSize * blocks;
  }
  return undefined;
}
