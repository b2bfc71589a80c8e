/** The fields of a tar header that say where the next one is, read from its 512 bytes. */

export const blockBytes = 512;

const typeFlagOffset = 156;
const sizeOffset = 124;
const sizeLength = 12;
const checksumOffset = 148;
const checksumLength = 8;
const space = 0x20;
const plainFlag = 0x30;
const lastKnownFlag = 0x37;
const base256Mark = 0x80;
const base256Negative = 0xff;

/** A directory of GNU's incremental backups; what follows it are the names that were in it. */
export const dumpdirFlag = 'D';

const magicOffset = 257;
const magic = Buffer.from('ustar');
const posixMagic = Buffer.from('ustar\0');
const prefixOffset = 345;

export interface Checksum {
  /** As the header says; undefined when it says no number. */
  readonly stored: number | undefined;
  /** Of its bytes. */
  readonly summed: number;
}

/** The type flag as a character; `0` for the NUL of archives that are older than ustar. */
export function typeFlagOf(block: Buffer): string {
  return String.fromCharCode(block[typeFlagOffset] || 0x30);
}

/** False for headers older than ustar, which say nothing of themselves. */
export function isUstar(block: Buffer): boolean {
  return block.compare(magic, 0, magic.length, magicOffset, magicOffset + magic.length) === 0;
}

/**
 * Whether there are bytes where only POSIX has the first part of the name: GNU tar keeps times there, which busybox
 * takes for a name.
 */
export function hasStrayPrefix(block: Buffer): boolean {
  return block[prefixOffset] !== 0 && block.compare(posixMagic, 0, 6, magicOffset, magicOffset + 6) !== 0;
}

export function checksumOf(block: Buffer): Checksum {
  return { stored: storedChecksum(block), summed: summedChecksum(block) };
}

function storedChecksum(block: Buffer): number | undefined {
  return numberAt(block, checksumOffset, checksumLength);
}

function summedChecksum(block: Buffer): number {
  let summed = space * checksumLength;
  for (let at = 0; at < checksumOffset; at += 1) summed += block[at] ?? 0;
  for (let at = checksumOffset + checksumLength; at < blockBytes; at += 1) summed += block[at] ?? 0;
  return summed;
}

/** Bytes that follow the header; undefined when it is no number. */
export function storedBytesOf(block: Buffer): number | undefined {
  return countAt(block, sizeOffset, sizeLength);
}

/** Undefined for what is no number, is negative, or is too large to count with. */
export function countAt(block: Buffer, offset: number, length: number): number | undefined {
  const value = numberAt(block, offset, length);
  return value !== undefined && value >= 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** Octal digits between spaces and NULs, nothing for 0; or GNU's base 256, which may be negative. */
export function numberAt(block: Buffer, offset: number, length: number): number | undefined {
  const first = block[offset] ?? 0;
  if ((first & base256Mark) !== 0) return base256At(block, offset, length);
  let at = offset;
  const end = offset + length;
  while (at < end && isBlank(block[at])) at += 1;
  let value = 0;
  for (; at < end && !isBlank(block[at]); at += 1) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function base256At(block: Buffer, offset: number, length: number): number | undefined {
  const first = block[offset];
  if (first !== base256Mark && first !== base256Negative) return undefined;
  let value = first === base256Negative ? -1n : 0n;
  for (let at = offset + 1; at < offset + length; at += 1) value = value * 256n + BigInt(block[at] ?? 0);
  return Number(value);
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0;
}

/**
 * Copies the header into `into` as that of a member without content, which is all that tar-stream is to see: what
 * follows a header is read here. The checksum, which must be right, stays so.
 */
export function copyWithoutContent(block: Buffer, into: Buffer, at: number): void {
  into.set(block, at);
  let removed = 0;
  for (let offset = sizeOffset; offset < sizeOffset + sizeLength; offset += 1) {
    removed += block[offset] ?? 0;
    into[at + offset] = 0;
  }
  // A type that tar-stream would read on for, or does not know, is decoded as a file: the flag itself is at hand.
  // So is a NUL: with it nothing else may be left in the header, and that tar-stream passes over as the end.
  const flag = block[typeFlagOffset] ?? 0;
  if (flag > lastKnownFlag || flag < plainFlag) {
    removed += flag - plainFlag;
    into[at + typeFlagOffset] = plainFlag;
  }
  let rest = (storedChecksum(block) ?? 0) - removed;
  into[at + checksumOffset + 7] = space;
  into[at + checksumOffset + 6] = 0;
  for (let digit = 5; digit >= 0; digit -= 1, rest >>= 3) {
    into[at + checksumOffset + digit] = plainFlag + (rest & 7);
  }
}
