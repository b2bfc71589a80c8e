/**
 * An archive while it is being written, hashed as it arrives: under a name that nobody takes for a backup's, readable
 * by its owner alone. Only `keepAs` gives it its own name, when its bytes are on the disk, and never over another file;
 * then the name is on the disk too.
 * Writing is synchronous: whoever hands over bytes faster than the disk takes them has to wait.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Of what was called `name` when it was begun. */
export function partialName(name: string): string {
  return `${name}.partial`;
}

export class PartialArchive {
  readonly path: string;
  readonly #folder: string;
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  #isOpen = true;
  sizeBytes = 0;

  /** The folder has to be there. Throws the file system's error, as every method does. */
  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.path = join(folder, partialName(name));
    this.#descriptor = openSync(this.path, 'wx', 0o600);
  }

  write(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) done += writeSync(this.#descriptor, chunk, done);
    this.#hash.update(chunk);
    this.sizeBytes += chunk.length;
  }

  /** No more bytes: all are on the disk. Returns their SHA-256. */
  end(): string {
    fsyncSync(this.#descriptor);
    this.#close();
    return this.#hash.digest('hex');
  }

  /** Returns the new path. */
  keepAs(name: string): string {
    const path = join(this.#folder, name);
    // Taken first: a rename would replace another file, and not every disk has links.
    closeSync(openSync(path, 'wx', 0o600));
    try {
      renameSync(this.path, path);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
    syncFolder(this.#folder);
    return path;
  }

  /** Removes what there is of it. */
  discard(): void {
    this.#close();
    try {
      unlinkSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

/** The file's name is on the disk too. Windows opens no folder, and some network disks sync none. */
function syncFolder(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(code)) throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
