/** How full a filesystem is, asked of a pod that has it mounted; it may be shared with other volumes. */
import type { PodRef } from '../../cluster/cluster.ts';
import type { Run } from '../run.ts';
import { outputOf } from './output-of.ts';

export interface FilesystemRoom {
  readonly usedBytes: number;
  /** For root; others get no reserved blocks. */
  readonly freeBytes: number;
  readonly availableBytes: number;
  /** 0 in all on filesystems that make inodes as they go. */
  readonly inodes: number;
  readonly freeInodes: number;
}

export interface FilesystemPlace {
  /** Of the filesystem, in the container. */
  readonly path: string;
  /** Needed only in a pod with several. */
  readonly container?: string;
}

/** Undefined where the image has no stat, or it says something else. Throws what the exec throws. */
export async function filesystemRoom(
  run: Run,
  pod: PodRef,
  { path, ...place }: FilesystemPlace,
): Promise<FilesystemRoom | undefined> {
  const command = ['stat', '-f', '-c', '%S %b %f %a %c %d', path];
  const { stdout } = await outputOf(run, pod, { ...place, command });
  const said = stdout.toString().trim();
  if (!/^\d+( \d+){5}$/.test(said)) return undefined;
  const [blockBytes = 0, blocks = 0, free = 0, available = 0, inodes = 0, freeInodes = 0] = said
    .split(' ')
    .map(Number);
  return {
    usedBytes: blockBytes * (blocks - free),
    freeBytes: blockBytes * free,
    availableBytes: blockBytes * available,
    inodes,
    freeInodes,
  };
}
