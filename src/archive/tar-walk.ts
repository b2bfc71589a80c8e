/**
 * Walks a tar stream from header to header, and proves that it is one whole tar: each header has its checksum, each
 * member ends where the next header or the end marker begins, the marker is two zero blocks, and nothing but zeros
 * follows it. tar-stream sees none of this: it skips zero blocks wherever they are, takes a stream that ends after any
 * member for a whole one, and does not know the blocks behind a sparse header.
 */
import { ByteFeed, type ByteReader, type Want } from './byte-feed.ts';
import { type ExtendedFlag, ExtendedHeaders, isExtendedFlag, type Overrides } from './extended-headers.ts';
import { paxCount } from './pax-records.ts';
import type { SparseMap } from './sparse-map.ts';
import { blockBytes, checksumOf, dumpdirFlag, storedBytesOf, typeFlagOf } from './tar-field.ts';
import { readSparse } from './tar-sparse.ts';
import { WalkRefusal } from './walk-refusal.ts';

/** A member's header, with what overrides it. */
export interface StoredHeader extends Overrides {
  /** Its 512 bytes; valid as long as the chunk that was taken. */
  readonly block: Buffer;
  /** In the tar stream. */
  readonly offset: number;
  /** Of content that follows, without the map of a sparse member and the list of names of a GNU dumpdir. */
  readonly storedBytes: number;
  readonly sparse: SparseMap | undefined;
}

export type TarPiece =
  | { readonly kind: 'header'; readonly header: StoredHeader }
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'end' };

/** What was read of a chunk; the refusal comes after all the pieces. */
export interface Walked {
  readonly pieces: readonly TarPiece[];
  readonly refusal: WalkRefusal | undefined;
}

const zeros = Buffer.alloc(64 * 1024);
const oneBlock: Want = { bytes: blockBytes };
const end: TarPiece = { kind: 'end' };
/** Names of 4096 bytes and their records take far less; it bounds what one member can make a reader hold. */
const longestRecordBytes = 4 * 1024 * 1024;

export class TarWalk {
  readonly #feed = new ByteFeed(this.#walk());
  readonly #extended = new ExtendedHeaders();
  readonly #onContent: ((part: Buffer) => void) | 'skip';
  #pieces: TarPiece[] = [];
  #boundary = 0;
  #endMarkerOffset: number | undefined;

  /** `content`: whether to give what is in the members. */
  constructor({ content }: { readonly content: boolean }) {
    this.#onContent = content ? (bytes) => this.#pieces.push({ kind: 'content', bytes }) : 'skip';
  }

  get givesContent(): boolean {
    return this.#onContent !== 'skip';
  }

  get readBytes(): number {
    return this.#feed.readBytes;
  }

  /** Where the last member ends, and what follows it must begin. */
  get boundary(): number {
    return this.#boundary;
  }

  /** Where the end marker begins; undefined until it was found. */
  get endMarkerOffset(): number | undefined {
    return this.#endMarkerOffset;
  }

  get isEndMarkerWhole(): boolean {
    return this.#endMarkerOffset !== undefined && this.readBytes - this.#endMarkerOffset >= 2 * blockBytes;
  }

  /** Not to be called again after a refusal. */
  take(chunk: Buffer): Walked {
    this.#pieces = [];
    try {
      this.#feed.take(chunk);
      return { pieces: this.#pieces, refusal: undefined };
    } catch (error) {
      if (!(error instanceof WalkRefusal)) throw error;
      return { pieces: this.#pieces, refusal: error };
    }
  }

  *#walk(): ByteReader {
    for (;;) {
      const offset = this.readBytes;
      const block = yield oneBlock;
      if (isZero(block)) break;
      requireChecksum(block, offset);
      const flag = typeFlagOf(block);
      if (isExtendedFlag(flag)) yield* this.#readExtended(flag, block, offset);
      else yield* this.#readMember(block, offset);
    }
    this.#endMarkerOffset = this.readBytes - blockBytes;
    if (this.#extended.isPending)
      throw new WalkRefusal({ what: 'a header for a member that is not there', offset: this.#boundary });
    yield { bytes: Number.POSITIVE_INFINITY, onPart: (part) => this.#requireZeros(part) };
  }

  *#readExtended(flag: ExtendedFlag, block: Buffer, offset: number): ByteReader {
    const bytes = sizeOf(block, offset);
    if (bytes > longestRecordBytes)
      throw new WalkRefusal({ what: `an extended header of ${bytes} bytes`, offset });
    const content = bytes === 0 ? zeros.subarray(0, 0) : yield { bytes };
    if (!this.#extended.add(flag, content))
      throw new WalkRefusal({ what: 'a pax header that does not hold records', offset });
    yield* padding(bytes);
  }

  *#readMember(block: Buffer, offset: number): ByteReader {
    const overrides = this.#extended.takeForMember();
    const { pax } = overrides;
    const inPax = pax.get('size');
    const sizeBytes = inPax === undefined ? sizeOf(block, offset) : paxCount(inPax);
    if (sizeBytes === undefined) throw new WalkRefusal({ what: 'a pax size that is no number', offset });
    const { header, map, mapBytes, refused } = yield* readSparse({ block, offset, pax, sizeBytes });
    const storedBytes = sizeBytes - mapBytes;
    const isDumpdir = typeFlagOf(header) === dumpdirFlag;
    this.#boundary = paddedEnd(this.readBytes + storedBytes);
    this.#pieces.push({
      kind: 'header',
      header: {
        ...overrides,
        ...(refused !== undefined && { refused }),
        block: header,
        offset,
        storedBytes: isDumpdir ? 0 : storedBytes,
        sparse: map,
      },
    });
    if (storedBytes > 0) yield { bytes: storedBytes, onPart: isDumpdir ? 'skip' : this.#onContent };
    this.#pieces.push(end);
    yield* padding(storedBytes);
  }

  /** `part`: the last bytes that were read. */
  #requireZeros(part: Buffer): void {
    if (isZero(part)) return;
    const at = this.readBytes - part.length + part.findIndex((byte) => byte !== 0);
    throw new WalkRefusal({ what: 'more data', where: 'follows the end marker', offset: at });
  }
}

function requireChecksum(block: Buffer, offset: number): void {
  const { stored, summed } = checksumOf(block);
  if (stored === summed) return;
  throw new WalkRefusal({
    what: 'no valid tar header',
    offset,
    expected: stored === undefined ? 'an octal checksum' : `checksum ${octal(stored)}`,
    found: `checksum ${octal(summed)}`,
  });
}

function sizeOf(block: Buffer, offset: number): number {
  const bytes = storedBytesOf(block);
  if (bytes === undefined) throw new WalkRefusal({ what: 'a header whose size is no number', offset });
  return bytes;
}

function* padding(bytes: number): ByteReader {
  const paddingBytes = paddedEnd(bytes) - bytes;
  if (paddingBytes > 0) yield { bytes: paddingBytes, onPart: 'skip' };
}

function paddedEnd(offset: number): number {
  return Math.ceil(offset / blockBytes) * blockBytes;
}

function octal(value: number): string {
  return value.toString(8).padStart(6, '0');
}

/** `equals` compares in native code: chunks are large, and a loop here would be slow. */
function isZero(bytes: Buffer): boolean {
  if (bytes[0] !== 0) return false;
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const part = bytes.subarray(start, start + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
