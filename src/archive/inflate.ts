/**
 * Inflates gzip data to its very end, and proves that the file is nothing but gzip data.
 * zlib ignores whatever follows a zero byte after the last gzip member, so what it did not consume is looked
 * at here: zero padding is allowed, anything else is corrupt.
 * zlib inflates on a thread of its own. The next chunk is read and hashed meanwhile, and a short queue of
 * inflated chunks lets the consumer parse meanwhile: neither thread waits for the other, memory stays bounded.
 */
import { createGunzip, type Gunzip } from 'node:zlib';
import { ArchiveFault } from './archive-fault.ts';
import { releaseChunk, releasePiece } from './release.ts';

/**
 * Each chunk costs a change of threads: 64 KiB was measured a third slower, more than 512 KiB only takes memory.
 * When zlib meets damage it drops the chunk in hand, so damage is told at most one chunk before where it is.
 */
const inflatedChunkBytes = 512 * 1024;
const queuedChunks = 2;
const gzipMagic = Buffer.of(0x1f, 0x8b);

/** The gzip data cannot be inflated further; the offset is that in the file. */
export class GzipFault extends ArchiveFault {}

/** The next chunk of the file, or undefined at its end. */
export type NextChunk = () => Promise<Buffer | undefined>;

/**
 * All that could be inflated is yielded before an error is thrown: a `GzipFault` (corrupt, truncated), another
 * `ArchiveFault` (empty, not-gzip, corrupt by what follows the gzip data), or what `next` throws.
 */
export async function* inflate(next: NextChunk): AsyncGenerator<Buffer, void, void> {
  const first = await firstChunk(next);
  const gunzip = createGunzip({ chunkSize: inflatedChunkBytes });
  const queue: Buffer[] = [];
  let feeding = true;
  let failure: unknown;
  let wake = () => {};
  gunzip.on('data', (inflated: Buffer) => {
    queue.push(inflated);
    if (queue.length >= queuedChunks) gunzip.pause();
    wake();
  });
  gunzip.on('error', (error) => {
    failure = error;
  });
  const fed = feed(gunzip, first, next)
    .catch((error: unknown) => {
      failure ??= error;
    })
    .finally(() => {
      feeding = false;
      wake();
    });
  try {
    while (queue.length > 0 || feeding) {
      const inflated = queue.shift();
      if (inflated !== undefined) {
        yield inflated;
        releasePiece(inflated);
        continue;
      }
      gunzip.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    gunzip.destroy();
    await fed;
  }
  if (failure !== undefined) throw gzipFault(failure, gunzip.bytesWritten);
}

/** At least as many bytes as tell what the file is, unless it is shorter. */
async function firstChunk(next: NextChunk): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < gzipMagic.length) {
    const more = await next();
    if (more === undefined) break;
    first = Buffer.concat([first, more]);
  }
  if (first.length === 0) throw new ArchiveFault({ result: 'empty', reason: 'the file is empty', offset: 0 });
  const found = first.subarray(0, gzipMagic.length);
  if (gzipMagic.subarray(0, found.length).equals(found)) return first;
  throw new ArchiveFault({
    result: 'not-gzip',
    reason: 'the file does not begin as gzip data does',
    offset: 0,
    expected: gzipMagic.toString('hex'),
    found: found.toString('hex'),
  });
}

/** Returns when all is consumed, or when the stream was destroyed (it failed, or the consumer gave up). */
async function feed(gunzip: Gunzip, first: Buffer, next: NextChunk): Promise<void> {
  let givenBytes = 0;
  let chunk: Buffer | undefined = first;
  while (chunk !== undefined) {
    const [, following] = await Promise.all([
      settled(gunzip, (done) => gunzip.write(chunk, done)),
      next(),
    ] as const);
    if (gunzip.destroyed && !gunzip.readableEnded) return;
    givenBytes += chunk.length;
    const leftBytes = givenBytes - gunzip.bytesWritten;
    if (leftBytes > 0)
      return requireZeros([chunk.subarray(-leftBytes), following], gunzip.bytesWritten, next);
    releaseChunk(chunk);
    chunk = following;
  }
  await settled(gunzip, () => gunzip.end());
}

/** Resolves when `start` calls back, or when the stream ended or closed: then zlib calls back no more. */
function settled(gunzip: Gunzip, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gunzip.off('end', done).off('close', done);
      resolve();
    };
    gunzip.once('end', done).once('close', done);
    start(done);
  });
}

/** `rest`: what zlib did not consume, and the chunk after it; `offset`: where in the file that begins. */
async function requireZeros(
  rest: ReadonlyArray<Buffer | undefined>,
  offset: number,
  next: NextChunk,
): Promise<void> {
  let [chunk, following] = rest;
  while (chunk !== undefined) {
    if (chunk.some((byte) => byte !== 0)) {
      throw new ArchiveFault({ result: 'corrupt', reason: 'something else follows the gzip data', offset });
    }
    chunk = following;
    following = chunk && (await next());
  }
}

function gzipFault(error: unknown, offset: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'Z_BUF_ERROR') {
    return new GzipFault({ result: 'truncated', reason: 'the gzip data ends', offset }, { cause: error });
  }
  if (error.code === 'Z_DATA_ERROR' || error.code === 'Z_NEED_DICT') {
    const reason = `the gzip data is damaged (${error.message})`;
    return new GzipFault({ result: 'corrupt', reason, offset }, { cause: error });
  }
  return error;
}
