/**
 * stdout or stderr as something that never ends the run: a full disk, a quota or a reader that has gone stops what is
 * printed there and nothing else. What is lost is remembered, so that an answer that nobody has got is no success.
 */
import { fstatSync, writeSync } from 'node:fs';
import type { OutputStream } from '../context.ts';
import { inAscii } from './locale.ts';

export interface LastingStream extends OutputStream {
  /** When all is written: undefined, also where the reader has gone, or what kept the rest from being written. */
  finished(): Promise<Error | undefined>;
}

/** A stream of the process; `@types/node` knows no `fd` there. */
type ProcessStream = NodeJS.WriteStream & { readonly fd: number };

/** `asciiOnly`: what is not ASCII is escaped. */
export function lastingStream(stream: ProcessStream, { asciiOnly }: { asciiOnly: boolean }): LastingStream {
  const isTTY = stream.isTTY === true;
  const put = isFile(stream)
    ? (text: string) => writeWhole(stream.fd, text)
    : (text: string) => stream.write(text);
  let failure: NodeJS.ErrnoException | undefined;
  const stop = (error: NodeJS.ErrnoException): void => {
    failure ??= error;
  };
  stream.on('error', stop);
  return {
    write: (text) => {
      if (failure !== undefined) return;
      try {
        put(asciiOnly ? inAscii(text) : text);
      } catch (error) {
        stop(error as NodeJS.ErrnoException);
      }
    },
    isTTY,
    get columns() {
      return stream.columns;
    },
    finished: async () => {
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
      // A terminal that was closed says EIO.
      const isReaderGone = failure?.code === 'EPIPE' || (isTTY && failure?.code === 'EIO');
      return isReaderGone ? undefined : failure;
    },
  };
}

/** A regular file, or a device that is no terminal. */
function isFile({ fd, isTTY }: ProcessStream): boolean {
  const stats = fstatSync(fd);
  return stats.isFile() || (stats.isCharacterDevice() && isTTY !== true);
}

/** Node's own stream takes a part that was written, as on a disk that is nearly full, for the whole. */
function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
