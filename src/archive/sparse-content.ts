import type { SparseMap } from './sparse-map.ts';

/** Shared: whoever gets content only reads it. */
const zeros = Buffer.alloc(256 * 1024);

/** Puts the holes back between the stored parts of a sparse member, without ever holding more than a piece of it. */
export class SparseContent {
  readonly #map: SparseMap;
  #part = 0;
  /** In the file. */
  #offset = 0;

  constructor(map: SparseMap) {
    this.#map = map;
  }

  /** The pieces of the file that the next stored bytes complete. */
  *take(stored: Buffer): Generator<Buffer, void, void> {
    for (let at = 0; at < stored.length; ) {
      const part = this.#map.parts[this.#part];
      if (part === undefined) return;
      yield* this.#hole(part.offset);
      const piece = stored.subarray(at, at + part.offset + part.bytes - this.#offset);
      if (piece.length > 0) yield piece;
      at += piece.length;
      this.#offset += piece.length;
      if (this.#offset === part.offset + part.bytes) this.#part += 1;
    }
  }

  /** The hole at the end. */
  *finish(): Generator<Buffer, void, void> {
    yield* this.#hole(this.#map.fileBytes);
  }

  *#hole(end: number): Generator<Buffer, void, void> {
    while (this.#offset < end) {
      const piece = zeros.subarray(0, end - this.#offset);
      yield piece;
      this.#offset += piece.length;
    }
  }
}
