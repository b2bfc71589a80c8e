/** The times that busybox tar leaves wrong on the volume, set afterwards from the manifest, in the restore pod. */
import type { Manifest } from '../archive/manifest.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

export interface TimesToSet {
  readonly manifest: Manifest;
  /** Paths whose times the pod's user may not set. */
  readonly isForeign?: ((path: string) => boolean) | undefined;
}

/** The times that busybox tar loses: of every symlink, and of every directory that has members. */
export async function setTimes(
  run: Run,
  pod: RestorePod,
  { manifest, isForeign = () => false }: TimesToSet,
): Promise<void> {
  const script = 'cd "$1" && xargs -0 -r -n 3 touch -h && { sync -f . 2>/dev/null || sync; }';
  const result = await run.cluster.exec(pod, ['sh', '-c', script, 'nkvm-times', mountPath], {
    stdin: timesOf(manifest, isForeign),
    signal: run.signal,
  });
  if (result.exitCode !== 0) throw new Error(`times could not be set: ${result.stderr.trim()}`);
}

async function* timesOf(manifest: Manifest, isForeign: (path: string) => boolean): AsyncIterable<Uint8Array> {
  let batch = '';
  for (const { path, type, mtimeSeconds } of manifest.members()) {
    if ((type !== 'symlink' && type !== 'directory') || isForeign(path)) continue;
    batch += `-d\0@${mtimeSeconds}\0./${path}\0`;
    if (batch.length < 64 * 1024) continue;
    yield Buffer.from(batch, 'latin1');
    batch = '';
  }
  yield Buffer.from(batch, 'latin1');
}
