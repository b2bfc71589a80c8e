/**
 * Inflates gzip data to its very end, and proves that the file is nothing but gzip data: one part or several, each with
 * the checksum and the length that its trailer says, and nothing but zeros behind the last.
 * zlib inflates on a thread of its own. The next chunk is read and hashed meanwhile, and a short queue of
 * inflated chunks lets the consumer parse meanwhile: neither thread waits for the other, memory stays bounded.
 */
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { ByteInput, type NextChunk } from './byte-input.ts';
import { endedEarly, GzipFault, nameOf, readGzipHeader, readGzipTrailer } from './gzip-frame.ts';
import { releaseMemory, releasePiece } from './release.ts';

/** Each chunk costs a change of threads: 512 KiB was measured a tenth slower, more than 2 MiB only takes memory. */
const usualChunkBytes = 2 * 1024 * 1024;
const queuedChunks = 2;
/** What a consumer makes of the 128 headers in one piece dies together: of more than this, V8 keeps it for long. */
const pieceBytes = 64 * 1024;

/**
 * All that could be inflated is yielded before an error is thrown: a `GzipFault` (corrupt, truncated), another
 * `ArchiveFault` (empty, not-gzip, corrupt by what follows the gzip data), or what `next` throws.
 * What was yielded is the consumer's until it asks for more.
 * When zlib meets damage it drops the chunk in hand: up to `chunkBytes` before the damage are not yielded.
 */
export async function* inflate(
  next: NextChunk,
  chunkBytes = usualChunkBytes,
): AsyncGenerator<Buffer, void, void> {
  const input = new ByteInput(next);
  for (let part = 1; await readGzipHeader(input, part); part += 1) {
    let crc = 0;
    let bytes = 0;
    for await (const inflated of inflatePart(input, part, chunkBytes)) {
      for (let at = 0; at < inflated.length; at += pieceBytes) {
        const piece = inflated.subarray(at, at + pieceBytes);
        crc = crc32(piece, crc);
        bytes += piece.length;
        yield piece;
      }
    }
    await readGzipTrailer(input, part, { crc, bytes });
  }
}

/** Leaves the input right behind the deflated data. */
async function* inflatePart(
  input: ByteInput,
  part: number,
  chunkSize: number,
): AsyncGenerator<Buffer, void, void> {
  const inflater = createInflateRaw({ chunkSize });
  const begin = input.offset;
  const queue: Buffer[] = [];
  let feeding = true;
  let failure: unknown;
  let wake = () => {};
  inflater.on('data', (inflated: Buffer) => {
    queue.push(inflated);
    if (queue.length >= queuedChunks) inflater.pause();
    wake();
  });
  inflater.on('error', (error) => {
    failure = error;
  });
  const fed = feed(inflater, input)
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
      inflater.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    inflater.destroy();
    await fed;
  }
  if (failure !== undefined) throw inflateFault(failure, part, begin + inflater.bytesWritten);
  releaseSpare(inflater);
}

/**
 * Of an inflater at its end: there may be thousands of parts, and what each has ready for more output, half a megabyte
 * whatever it was filled with, must not wait for the collector. A Node that knows no such property lets it wait.
 */
function releaseSpare(inflater: InflateRaw): void {
  const spare: unknown = Reflect.get(inflater, '_outBuffer');
  if (Buffer.isBuffer(spare) && spare.buffer.byteLength > Buffer.poolSize) releaseMemory(spare.buffer);
}

/** Returns when the data is at its end, or when the stream was destroyed (it failed, or the consumer gave up). */
async function feed(inflater: InflateRaw, input: ByteInput): Promise<void> {
  for (let chunk = await input.peek(); chunk !== undefined; chunk = await input.peek()) {
    const given = chunk;
    const before = inflater.bytesWritten;
    input.prefetch();
    await settled(inflater, (done) => inflater.write(given, done));
    if (inflater.destroyed && !inflater.readableEnded) return;
    const taken = inflater.bytesWritten - before;
    input.consume(taken);
    if (taken < given.length) return;
  }
  await settled(inflater, () => inflater.end());
}

/** Resolves when `start` calls back, or when the stream ended or closed: then zlib calls back no more. */
function settled(inflater: InflateRaw, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      inflater.off('end', done).off('close', done);
      resolve();
    };
    inflater.once('end', done).once('close', done);
    start(done);
  });
}

function inflateFault(error: unknown, part: number, offset: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'Z_BUF_ERROR') return endedEarly(part, offset, error);
  if (error.code === 'Z_DATA_ERROR' || error.code === 'Z_NEED_DICT') {
    const reason = `${nameOf(part)} is damaged (${error.message})`;
    return new GzipFault({ result: 'corrupt', reason, offset }, { cause: error });
  }
  return error;
}
