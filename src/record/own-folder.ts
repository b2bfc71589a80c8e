/**
 * Folders of this machine for what the tool keeps: made level by level, as a recursive mkdir of Node never returns where
 * a folder is refused with ENOENT, below /proc for one; and asked by a file of one moment whether files can be made
 * there, as what an access check says of a folder is no word on that.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where it is not there: for its owner alone. Throws the file system's error. */
export async function makeOwnFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !(await isFolder(at)) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const one of missing) await makeOne(one);
}

/** Makes the folder, and leaves it as it is. Throws the file system's error. */
export async function tryOwnFolder(folder: string): Promise<void> {
  await makeOwnFolder(folder);
  const probe = join(folder, `.nkvm-${randomBytes(4).toString('hex')}`);
  const handle = await open(probe, 'wx', 0o600);
  await handle.close();
  await rm(probe);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have been quicker.
    if (codeOf(error) !== 'EEXIST' || !(await isFolder(folder))) throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
