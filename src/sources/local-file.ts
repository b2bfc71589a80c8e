/**
 * An archive on this machine. It is opened once and always read through that handle by position, so a file that is
 * renamed or replaced meanwhile makes no difference: what is restored is what was validated. Every reading covers
 * the size that the file had when it was opened; a file that has become shorter is an error.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ArchiveSource, ReadOptions } from '../archive/archive-source.ts';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: 'missing' | 'unreadable';
  readonly path: string;

  constructor(code: 'missing' | 'unreadable', path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

const usualChunkBytes = 256 * 1024;

/** Opens a regular file. Rejects with a SourceError; so does reading. */
export async function openLocalArchive(path: string): Promise<ArchiveSource> {
  const handle = await openForReading(path);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new SourceError('unreadable', path, `${path} is not a file`);
    return sourceOf({ handle, path, sizeBytes: status.size }, () => handle.close());
  } catch (error) {
    await handle.close();
    throw sourceError(path, error);
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly sizeBytes: number;
}

/** Of a file that is open already. */
export function sourceOf(file: OpenFile, close: () => Promise<void>): ArchiveSource {
  const { path, sizeBytes } = file;
  return { path, sizeBytes, read: (options) => readChunks(file, options), close };
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a FIFO waits for somebody to write to it. Windows has no such flag.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw sourceError(path, error);
  }
}

/** Each chunk has memory of its own: the consumer may keep it. */
async function* readChunks(
  { handle, path, sizeBytes }: OpenFile,
  { start = 0, chunkBytes = usualChunkBytes, signal }: ReadOptions = {},
): AsyncGenerator<Buffer> {
  for (let position = start; position < sizeBytes; ) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, sizeBytes - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position).catch((error: unknown) => {
      throw sourceError(path, error);
    });
    if (bytesRead === 0) {
      throw new SourceError(
        'unreadable',
        path,
        `${path} became shorter while it was read: ${position} bytes`,
      );
    }
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

function sourceError(path: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  const reason = error instanceof Error ? error.message : String(error);
  const message = isMissing ? `${path} is not there` : `${path} cannot be read: ${reason}`;
  return new SourceError(isMissing ? 'missing' : 'unreadable', path, message, { cause: error });
}
