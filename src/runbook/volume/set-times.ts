/** The times that busybox tar loses: of every symlink, and of every directory that has members. */
import type { Manifest } from '../../archive/manifest.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { syncVolume } from './sync-volume.ts';
import { type XargsItem, xargsInPod } from './xargs-in-pod.ts';

export interface TimesToSet {
  readonly manifest: Manifest;
  /** Paths whose times the pod's user may not set. */
  readonly isForeign?: ((path: string) => boolean) | undefined;
}

export async function setTimes(
  run: Run,
  pod: RestorePod,
  { manifest, isForeign = () => false }: TimesToSet,
): Promise<void> {
  const items = timesOf(manifest, isForeign);
  await xargsInPod(run, pod, { command: ['-n', '3', 'touch', '-h'], items, what: 'times' });
  await syncVolume(run, pod);
}

function* timesOf(manifest: Manifest, isForeign: (path: string) => boolean): Iterable<XargsItem> {
  for (const { path, type, mtimeSeconds } of manifest.members()) {
    if ((type !== 'symlink' && type !== 'directory') || isForeign(path)) continue;
    yield { words: `-d\0@${mtimeSeconds}\0./${path}\0` };
  }
}
