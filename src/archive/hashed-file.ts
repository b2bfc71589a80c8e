import { createHash } from 'node:crypto';
import { ArchiveFault } from './archive-fault.ts';
import type { ArchiveSource } from './archive-source.ts';

export interface HashedFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk with the bytes read so far. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  readonly chunkBytes?: number | undefined;
}

/** Each chunk costs a change of threads, to read it and again to inflate it: 256 KiB was measured a quarter slower. */
const usualChunkBytes = 1024 * 1024;
/** For a damaged archive, of which everything before the damage is wanted, and the place of the damage. */
export const carefulChunkBytes = 16 * 1024;

/**
 * Reads a source once, from its first byte to its last, and hashes every byte on the way.
 * Whoever parses the chunks may give up early: `finish` reads the rest, because a checksum is only worth
 * something when it covers the whole file, broken or not.
 */
export class HashedFile {
  readonly #source: ArchiveSource;
  readonly #options: HashedFileOptions;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #hash = createHash('sha256');
  #bytesRead = 0;
  #failure: ArchiveFault | undefined;

  constructor(source: ArchiveSource, options: HashedFileOptions) {
    this.#source = source;
    this.#options = options;
    const { chunkBytes = usualChunkBytes, signal } = options;
    this.#chunks = source.read({ chunkBytes, signal })[Symbol.asyncIterator]();
  }

  /** The next chunk, or undefined at the end. Throws an `ArchiveFault` (unreadable), or the abort reason. */
  async next(): Promise<Buffer | undefined> {
    this.#options.signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    const chunk = await this.#read();
    if (chunk === undefined) return undefined;
    this.#hash.update(chunk);
    this.#bytesRead += chunk.length;
    this.#options.onProgress?.(this.#bytesRead);
    return chunk;
  }

  /** Reads what is left; gives the SHA-256 of the whole file as 64 lower-case hex digits. Throws as `next`. */
  async finish(): Promise<string> {
    while ((await this.next()) !== undefined);
    const { sizeBytes } = this.#source;
    if (this.#bytesRead !== sizeBytes) {
      throw this.#unreadable(
        `the file changed while it was read: ${this.#bytesRead} bytes, not ${sizeBytes}`,
      );
    }
    return this.#hash.digest('hex');
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const result = await this.#chunks.next();
      return result.done === true ? undefined : result.value;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      throw this.#unreadable(`it cannot be read after byte ${this.#bytesRead}: ${message}`, error);
    }
  }

  #unreadable(reason: string, cause?: unknown): ArchiveFault {
    this.#failure = new ArchiveFault({ result: 'unreadable', reason, offset: this.#bytesRead }, { cause });
    return this.#failure;
  }
}
