/**
 * The bytes around a tar's members, which tar-stream does not look at: it skips zero blocks wherever they are and
 * takes a stream that ends after any member for a whole one. Where a member must end there is the next header, or
 * the end marker: two zero blocks, and then nothing but zeros.
 * Bytes are handed on in whole blocks, so that no header lies across two chunks.
 */
import { releaseChunk } from './release.ts';
import { typeFlagOffset } from './tar-header.ts';

export const blockBytes = 512;
const endMarkerBytes = 2 * blockBytes;
const globalPaxFlag = 'g'.charCodeAt(0);
const zeros = Buffer.alloc(64 * 1024);

export class TarFrame {
  /** Only whole during its own `take` and what follows from it: the caller may release it afterwards. */
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset = 0;
  #chunkBytes = 0;
  /** The beginning of a block whose rest is still to come. */
  #carry: Buffer = Buffer.alloc(0);
  /** The carry with the chunk behind it: of no use to anybody once the next chunk is taken. */
  #joined: Buffer | undefined;
  #boundary = 0;
  #endMarkerOffset: number | undefined;
  #hasGlobalPax = false;
  #hasTrailingData = false;

  /** Where the next header or the end marker must begin. */
  get boundary(): number {
    return this.#boundary;
  }

  get readBytes(): number {
    return this.#chunkOffset + this.#chunkBytes + this.#carry.length;
  }

  /** Where the end marker begins; undefined until it was found. */
  get endMarkerOffset(): number | undefined {
    return this.#endMarkerOffset;
  }

  get isEndMarkerWhole(): boolean {
    return this.#endMarkerOffset !== undefined && this.readBytes - this.#endMarkerOffset >= endMarkerBytes;
  }

  /** Whether anything but zeros follows the end marker. */
  get hasTrailingData(): boolean {
    return this.#hasTrailingData || (this.#endMarkerOffset !== undefined && !isZero(this.#carry));
  }

  /** Whether a member began with a global pax header, which tar-stream does not apply to those that follow. */
  get hasGlobalPax(): boolean {
    return this.#hasGlobalPax;
  }

  /** Gives the whole blocks that are complete with these bytes: the current chunk. */
  take(bytes: Buffer): Buffer {
    this.#chunkOffset += this.#chunkBytes;
    if (this.#joined !== undefined) releaseChunk(this.#joined);
    this.#joined = this.#carry.length === 0 ? undefined : joined(this.#carry, bytes);
    const whole = this.#joined ?? bytes;
    const carried = whole.length % blockBytes;
    this.#chunk = whole.subarray(0, whole.length - carried);
    this.#chunkBytes = this.#chunk.length;
    this.#carry = Buffer.from(whole.subarray(whole.length - carried));
    if (this.#endMarkerOffset === undefined) this.#lookAtBoundary();
    else if (!isZero(this.#chunk)) this.#hasTrailingData = true;
    return this.#chunk;
  }

  /** The block at `offset` of the tar stream, which must lie in the current chunk. */
  block(offset: number): Buffer {
    const at = offset - this.#chunkOffset;
    return this.#chunk.subarray(at, at + blockBytes);
  }

  /** A member's content begins at `offset`: says where the next boundary is. */
  expectContent(offset: number, sizeBytes: number): void {
    this.#boundary = offset + Math.ceil(sizeBytes / blockBytes) * blockBytes;
    this.#lookAtBoundary();
  }

  #lookAtBoundary(): void {
    const at = this.#boundary - this.#chunkOffset;
    if (at < 0 || at >= this.#chunk.length) return;
    const block = this.block(this.#boundary);
    if (block[typeFlagOffset] === globalPaxFlag) this.#hasGlobalPax = true;
    if (!isZero(block)) return;
    this.#endMarkerOffset = this.#boundary;
    this.#hasTrailingData = !isZero(this.#chunk.subarray(at));
  }
}

/** Memory of its own, whatever its size, so that it can be released. */
function joined(first: Buffer, second: Buffer): Buffer {
  const both = Buffer.allocUnsafeSlow(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** `equals` compares in native code: chunks are large, and a loop here would be slow. */
function isZero(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const part = bytes.subarray(start, start + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
