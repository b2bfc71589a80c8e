import { releaseChunk } from './release.ts';

/** The next chunk of the file, or undefined at its end. */
export type NextChunk = () => Promise<Buffer | undefined>;

/** A file that comes in chunks, read in pieces of any length. A chunk's memory is given back once it is consumed. */
export class ByteInput {
  readonly #next: NextChunk;
  #chunk: Buffer | undefined;
  /** In the chunk. */
  #at = 0;
  #offset = 0;
  #following: Promise<Buffer | undefined> | undefined;

  constructor(next: NextChunk) {
    this.#next = next;
  }

  /** Of the next byte, in the file. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * What is left of the chunk in hand, or the next one; undefined at the end of the file. Throws what `next` throws.
   */
  async peek(): Promise<Buffer | undefined> {
    while (this.#chunk === undefined || this.#at === this.#chunk.length) {
      if (this.#chunk !== undefined) releaseChunk(this.#chunk);
      this.#chunk = await (this.#following ?? this.#next());
      this.#following = undefined;
      this.#at = 0;
      if (this.#chunk === undefined) return undefined;
    }
    return this.#chunk.subarray(this.#at);
  }

  /** Of what `peek` gave. */
  consume(bytes: number): void {
    this.#at += bytes;
    this.#offset += bytes;
  }

  /** Begins to read the chunk after the one in hand. */
  prefetch(): void {
    if (this.#following !== undefined) return;
    this.#following = this.#next();
    // Whoever asks for the chunk gets the error.
    this.#following.catch(() => {});
  }

  /** The next bytes, fewer only at the end of the file. */
  async take(bytes: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let missing = bytes; missing > 0; ) {
      const part = (await this.peek())?.subarray(0, missing);
      if (part === undefined) break;
      taken.push(Buffer.from(part));
      this.consume(part.length);
      missing -= part.length;
    }
    return Buffer.concat(taken);
  }
}
