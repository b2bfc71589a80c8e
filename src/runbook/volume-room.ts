import type { ClaimRef } from '../domain/claim.ts';
import type { Run } from './run.ts';

export interface VolumeRoom {
  readonly freeBytes: number;
  readonly usedBytes: number;
}

/** Of the filesystem that the volume lies on, which it may share; undefined where no running pod can tell. */
export async function volumeRoom(run: Run, claim: ClaimRef): Promise<VolumeRoom | undefined> {
  const pods = await run.cluster.pods.list(claim.namespace);
  for (const pod of pods) {
    const mount = pod.mounts.find((one) => one.claim === claim.name);
    if (mount === undefined || pod.phase !== 'Running' || pod.deleting) continue;
    let output = '';
    const onStdout = (chunk: Buffer): void => {
      output += chunk;
    };
    const { container, path } = mount;
    const command = ['stat', '-f', '-c', '%S %a %b %f', path];
    // An image without stat, or a pod that ends just now, tells nothing.
    await run.cluster.exec(pod, command, { container, onStdout, signal: run.signal }).catch(() => undefined);
    run.signal.throwIfAborted();
    const [blockSize = 0, available, blocks, free] = output.trim().split(' ').map(Number);
    if (available === undefined || blocks === undefined || free === undefined || !(blockSize > 0)) continue;
    return { freeBytes: blockSize * available, usedBytes: blockSize * (blocks - free) };
  }
  return undefined;
}
