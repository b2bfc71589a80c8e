/**
 * Hands a stream that comes in chunks of any size to a reader that is written as a generator: it yields what it wants
 * next, and goes on once that is there. Only what is wanted whole is held across chunks.
 */

/** So many bytes: whole, as the result of the `yield`; or passed to `onPart` as they come; or skipped. */
export interface Want {
  readonly bytes: number;
  readonly onPart?: ((part: Buffer) => void) | 'skip';
}

export type ByteReader = Generator<Want, void, Buffer>;

const nothing = Buffer.alloc(0);

export class ByteFeed {
  readonly #reader: ByteReader;
  #want: Want | undefined;
  /** Of what is wanted, the bytes that came. */
  #passedBytes = 0;
  /** The beginning of what is wanted whole, from earlier chunks. */
  #held: Buffer[] = [];
  #readBytes = 0;

  /** A reader never wants 0 bytes. */
  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  /**
   * What the reader gets lies in the chunk where it can: it is valid until the next `take`. Throws what the reader
   * throws.
   */
  take(chunk: Buffer): void {
    this.#want ??= this.#next(nothing);
    for (let at = 0; at < chunk.length && this.#want !== undefined; ) {
      const want: Want = this.#want;
      const bytes = Math.min(want.bytes - this.#passedBytes, chunk.length - at);
      this.#readBytes += bytes;
      this.#passedBytes += bytes;
      if (want.onPart === 'skip') this.#advance(want, nothing);
      else this.#pass(want, chunk.subarray(at, at + bytes));
      at += bytes;
    }
  }

  #pass(want: Want, part: Buffer): void {
    if (typeof want.onPart === 'function') {
      want.onPart(part);
      this.#advance(want, nothing);
    } else if (this.#passedBytes === want.bytes) this.#advance(want, this.#whole(part));
    else this.#held.push(Buffer.from(part));
  }

  #whole(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    return whole;
  }

  #advance({ bytes }: Want, whole: Buffer): void {
    if (this.#passedBytes === bytes) this.#want = this.#next(whole);
  }

  #next(whole: Buffer): Want | undefined {
    this.#passedBytes = 0;
    const { value } = this.#reader.next(whole);
    return value ?? undefined;
  }
}
