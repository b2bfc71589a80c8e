/** Where a claim's data lies on this machine, so that a test sees it without a pod: a folder, or a small ext4. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const run = promisify(execFile);

export interface HostVolumeOptions {
  /** An ext4 of this size, mounted through a loop device, instead of a folder that never runs full. */
  readonly sizeMebibytes?: number;
  /** More arguments of mkfs.ext4, such as `-N 64` for few inodes. */
  readonly mkfs?: readonly string[];
}

export interface HostVolume {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** The node must see this folder by the same path: it is this machine. */
const parent = process.env['NKVM_TEST_VOLUMES'] || '/var/tmp';

export async function hostVolume({ sizeMebibytes, mkfs = [] }: HostVolumeOptions): Promise<HostVolume> {
  const home = mkdtempSync(join(parent, 'nkvm-test-volume-'));
  const folder = join(home, 'data');
  mkdirSync(folder);
  chmodSync(home, 0o755);
  chmodSync(folder, 0o755);
  if (sizeMebibytes === undefined) {
    return { folder, remove: async () => rmSync(home, { recursive: true, force: true }) };
  }
  const image = join(home, 'image');
  await run('truncate', ['-s', `${sizeMebibytes}M`, image]);
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', ...mkfs, image]);
  await run('mount', ['-o', 'loop', image, folder]);
  return {
    folder,
    remove: async () => {
      await unmount(folder);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The last container lets go of a mount a moment after its pod is gone. */
async function unmount(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run('umount', [folder]);
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(200);
    }
  }
}
