/**
 * An archive that lies elsewhere, on this machine for as long as it is needed: step 1 reads it before step 4 does.
 * Nobody else can open it (0600), and no crash leaves it behind: it is unlinked while open, where the platform allows,
 * so that it is gone when the process is.
 * Writing is synchronous: whoever hands over bytes faster than the disk takes them has to wait.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants, ftruncateSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveSource } from '../archive/archive-source.ts';
import { formatBytes } from '../domain/size.ts';
import { sourceOf } from '../sources/local-file.ts';

export class SpoolFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #hash = createHash('sha256');
  #isUnlinked = false;
  sizeBytes = 0;

  private constructor(folder: string, path: string, handle: FileHandle) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
    this.#unlink();
  }

  /** The folder has to be there. Rejects with the file system's error, which every method throws too. */
  static async create(folder: string): Promise<SpoolFile> {
    const path = join(folder, `spool-${randomBytes(8).toString('hex')}`);
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    return new SpoolFile(folder, path, await open(path, O_RDWR | O_CREAT | O_EXCL, 0o600));
  }

  /** Throws where so much more does not fit on the disk. */
  requireRoom(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    const freeBytes = bavail * bsize;
    if (bytes <= freeBytes) return;
    throw new Error(`${formatBytes(bytes)} are needed there, and ${formatBytes(freeBytes)} are free`);
  }

  write(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) {
      done += writeSync(this.#handle.fd, chunk, done, chunk.length - done, this.sizeBytes + done);
    }
    this.#hash.update(chunk);
    this.sizeBytes += chunk.length;
  }

  /** Back to no bytes. */
  empty(): void {
    ftruncateSync(this.#handle.fd);
    this.#hash = createHash('sha256');
    this.sizeBytes = 0;
  }

  /** Of what was written so far, as 64 hex digits. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** All that was written; `path` is for messages and records. Its end is the file's. */
  source(path: string): ArchiveSource {
    return sourceOf({ handle: this.#handle, path, sizeBytes: this.sizeBytes }, () => this.discard());
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    if (!this.#isUnlinked) rmSync(this.#path, { force: true });
  }

  #unlink(): void {
    try {
      rmSync(this.#path);
      this.#isUnlinked = true;
    } catch {
      this.#isUnlinked = false;
    }
  }
}
