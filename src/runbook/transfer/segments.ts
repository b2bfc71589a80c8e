/**
 * The wire, cut into segments. A segment is held here until the pod has it whole, so a cut connection costs only that
 * it is sent again: the wire itself is read once. Not more than a window goes ahead of what tar has taken, so neither
 * this process nor the pod's memory ever holds more than that.
 */
import { releaseChunk } from '../../archive/release.ts';

export interface Segment {
  /** Where its first byte stands on the wire. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly chunks: readonly Buffer[];
}

/** What the pod holds in memory beyond what tar has: its work folder has room for more. */
const windowBytes = 40 * 2 ** 20;

export class Segments {
  readonly #wire: AsyncIterator<Buffer>;
  readonly #held = new Map<number, Segment>();
  #returned: Segment[] = [];
  #position = 0;
  #takenBytes = 0;
  #rest: Buffer | undefined;
  #isRead = false;
  #failure: unknown;
  #turn: Promise<unknown> = Promise.resolve();
  #changed = Promise.withResolvers<void>();

  constructor(wire: AsyncIterable<Buffer>) {
    this.#wire = wire[Symbol.asyncIterator]();
  }

  /** All of the wire's bytes; undefined until it is read to its end. */
  get totalBytes(): number | undefined {
    return this.#isRead ? this.#position : undefined;
  }

  /** Bytes that the pod has whole. */
  get keptBytes(): number {
    let held = 0;
    for (const { sizeBytes } of this.#held.values()) held += sizeBytes;
    return this.#position - held;
  }

  /** The next to be sent, of about that size; undefined when the pod has them all. Throws what the wire throws. */
  next(sizeBytes: number): Promise<Segment | undefined> {
    const next = this.#turn.then(() => this.#next(sizeBytes));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** It was on its way when its connection was lost. */
  giveBack(segment: Segment): void {
    if (!this.#held.has(segment.offset)) return;
    this.#returned.push(segment);
    this.#wake();
  }

  /** The pod has the segment whole; true when that is new. */
  kept(offset: number): boolean {
    const segment = this.#held.get(offset);
    if (segment === undefined) return false;
    this.#held.delete(offset);
    this.#returned = this.#returned.filter((one) => one !== segment);
    for (const chunk of segment.chunks) releaseChunk(chunk);
    this.#wake();
    return true;
  }

  /** Tar has so many bytes from the wire's beginning. */
  taken(bytes: number): void {
    if (bytes <= this.#takenBytes) return;
    this.#takenBytes = bytes;
    for (const { offset, sizeBytes } of [...this.#held.values()])
      if (offset + sizeBytes <= bytes) this.kept(offset);
    this.#wake();
  }

  async #next(sizeBytes: number): Promise<Segment | undefined> {
    for (;;) {
      const again = this.#returned.shift();
      if (again !== undefined) return again;
      if (this.#isRead && this.#held.size === 0) return undefined;
      if (!this.#isRead && this.#position + sizeBytes <= this.#takenBytes + windowBytes) {
        const segment = await this.#cut(sizeBytes);
        if (segment !== undefined) return segment;
        continue;
      }
      await this.#changed.promise;
    }
  }

  /** Exactly as long as asked for, unless the wire ends. */
  async #cut(sizeBytes: number): Promise<Segment | undefined> {
    const chunks: Buffer[] = [];
    let missing = sizeBytes;
    while (missing > 0 && !this.#isRead) {
      const chunk = this.#rest ?? (await this.#read());
      this.#rest = undefined;
      if (chunk === undefined) break;
      if (chunk.length > missing) this.#rest = chunk.subarray(missing);
      chunks.push(chunk.length > missing ? chunk.subarray(0, missing) : chunk);
      missing -= Math.min(chunk.length, missing);
    }
    if (missing === sizeBytes) return undefined;
    const segment = { offset: this.#position, sizeBytes: sizeBytes - missing, chunks };
    this.#held.set(segment.offset, segment);
    this.#position += segment.sizeBytes;
    return segment;
  }

  /** A wire that failed is not at its end: whoever asks again is told again. */
  async #read(): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const { done, value } = await this.#wire.next();
      if (done !== true) return value;
      this.#isRead = true;
      return undefined;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}
