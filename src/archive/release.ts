/**
 * Gives the memory of a buffer that nobody reads any more back at once. Left to the collector, 64 MB of dead buffers
 * pile up before it looks, and that is most of what reading an archive of any size takes.
 */

/** A chunk with memory of its own, as an ArchiveSource gives it. */
export function releaseChunk({ buffer, byteLength }: Buffer): void {
  if (byteLength === buffer.byteLength) releaseMemory(buffer);
}

/** Nobody may use the buffer, or a view of it, afterwards. */
export function releaseMemory(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** What zlib gives: it fills a buffer in pieces, in order, and the piece that reaches the end is the last one. */
export function releasePiece({ buffer, byteOffset, byteLength }: Buffer): void {
  const isLast = byteOffset + byteLength === buffer.byteLength;
  // Small buffers are pieces of Node's pool, which others use.
  if (isLast && buffer.byteLength > Buffer.poolSize) releaseMemory(buffer);
}
