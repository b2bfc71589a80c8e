/**
 * What gzip has around the deflated data of each of its members, RFC 1952: a header, and a trailer with the CRC-32 and
 * the length of what was deflated. zlib checks them too, but does not say what it expected, what it found, and where.
 */
import { crc32 } from 'node:zlib';
import { ArchiveFault } from './archive-fault.ts';
import type { ByteInput } from './byte-input.ts';

/** The gzip data cannot be inflated further; the offset is that in the file. */
export class GzipFault extends ArchiveFault {}

/** All was inflated, and is not what was deflated. */
export class GzipCheckFault extends GzipFault {}

const magic = Buffer.of(0x1f, 0x8b);
const fixedBytes = 10;
const deflateMethod = 8;
const trailerBytes = 8;
const flagBits = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
/** Bounds memory: a name or a comment that is longer is damage. */
const longestTextBytes = 64 * 1024;

/** `part`: from 1, as `cat a.gz b.gz` makes two. False at the end of the file, or of what is padded with zeros. */
export async function readGzipHeader(input: ByteInput, part: number): Promise<boolean> {
  const begin = input.offset;
  const first = await input.take(magic.length);
  if (part > 1 && first.every((byte) => byte === 0)) {
    await requireZeros(input);
    return false;
  }
  requireMagic(first, part, begin);
  const header = new HeaderBytes(input, part, first);
  const fixed = await header.take(fixedBytes - magic.length);
  const [method = 0, flags = 0] = fixed;
  if (method !== deflateMethod)
    throw damaged(part, begin + 2, { what: 'method', expected: '8 (deflate)', found: String(method) });
  if ((flags & flagBits.reserved) !== 0)
    throw damaged(part, begin + 3, {
      what: 'set of flags',
      expected: 'no reserved ones',
      found: hex(flags, 2),
    });
  if ((flags & flagBits.extra) !== 0) await header.take((await header.take(2)).readUInt16LE());
  if ((flags & flagBits.name) !== 0) await header.takeText();
  if ((flags & flagBits.comment) !== 0) await header.takeText();
  if ((flags & flagBits.headerCrc) === 0) return true;
  const summed = header.crc & 0xffff;
  const offset = input.offset;
  const stored = (await header.take(2)).readUInt16LE();
  if (stored === summed) return true;
  throw damaged(part, offset, { what: 'header checksum', expected: hex(stored, 4), found: hex(summed, 4) });
}

export interface Inflated {
  readonly crc: number;
  readonly bytes: number;
}

/** Throws a `GzipCheckFault` when what was inflated is not what was deflated. */
export async function readGzipTrailer(input: ByteInput, part: number, inflated: Inflated): Promise<void> {
  const offset = input.offset;
  const trailer = await input.take(trailerBytes);
  if (trailer.length < trailerBytes) throw endedEarly(part, input.offset);
  const crc = trailer.readUInt32LE(0);
  if (crc !== inflated.crc)
    throw new GzipCheckFault(
      damaged(part, offset, { what: 'checksum', expected: hex(crc, 8), found: hex(inflated.crc, 8) }).verdict,
    );
  const length = trailer.readUInt32LE(4);
  const found = inflated.bytes % 2 ** 32;
  if (length === found) return;
  throw new GzipCheckFault(
    damaged(part, offset + 4, { what: 'length', expected: String(length), found: String(found) }).verdict,
  );
}

export function endedEarly(part: number, offset: number, cause?: unknown): GzipFault {
  return new GzipFault({ result: 'truncated', reason: `${nameOf(part)} ends`, offset }, { cause });
}

/** A phrase for messages. */
export function nameOf(part: number): string {
  return part === 1 ? 'the gzip data' : `part ${part} of the gzip data`;
}

interface Damage {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

function damaged(part: number, offset: number, { what, expected, found }: Damage): GzipFault {
  const reason = `the ${what} of ${nameOf(part)} is wrong`;
  return new GzipFault({ result: 'corrupt', reason, offset, expected, found });
}

/** Reads header fields, adding them up for the header's own CRC. */
class HeaderBytes {
  readonly #input: ByteInput;
  readonly #part: number;
  #crc: number;

  constructor(input: ByteInput, part: number, first: Buffer) {
    this.#input = input;
    this.#part = part;
    this.#crc = crc32(first);
  }

  get crc(): number {
    return this.#crc;
  }

  async take(bytes: number): Promise<Buffer> {
    const taken = await this.#input.take(bytes);
    if (taken.length < bytes) throw endedEarly(this.#part, this.#input.offset);
    this.#crc = crc32(taken, this.#crc);
    return taken;
  }

  /** Up to a NUL. */
  async takeText(): Promise<void> {
    const offset = this.#input.offset;
    for (let bytes = 0; bytes < longestTextBytes; bytes += 1) if ((await this.take(1))[0] === 0) return;
    const found = `more than ${longestTextBytes} bytes`;
    throw damaged(this.#part, offset, { what: 'name', expected: 'a NUL at its end', found });
  }
}

function requireMagic(first: Buffer, part: number, offset: number): void {
  if (part === 1 && first.length === 0)
    throw new ArchiveFault({ result: 'empty', reason: 'the file is empty', offset });
  if (magic.subarray(0, first.length).equals(first)) return;
  const [expected, found] = [magic.toString('hex'), first.toString('hex')];
  throw new ArchiveFault(
    part === 1
      ? {
          result: 'not-gzip',
          reason: 'the file does not begin as gzip data does',
          offset,
          expected,
          found,
        }
      : { result: 'corrupt', reason: 'something else follows the gzip data', offset, expected, found },
  );
}

/** zlib ignores whatever follows a zero byte after the gzip data; only zeros are padding. */
async function requireZeros(input: ByteInput): Promise<void> {
  for (let rest = await input.peek(); rest !== undefined; rest = await input.peek()) {
    const at = rest.findIndex((byte) => byte !== 0);
    if (at !== -1) {
      const reason = 'something else follows the gzip data and its padding';
      const found = hex(rest[at] ?? 0, 2);
      throw new ArchiveFault({
        result: 'corrupt',
        reason,
        offset: input.offset + at,
        expected: '00',
        found,
      });
    }
    input.consume(rest.length);
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
