/**
 * A temporary file of records that nobody else can open and that no crash leaves behind: 0600, created
 * exclusively, and unlinked while open where the platform allows. Appends and reads are buffered.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const appendBytes = 256 * 1024;
/**
 * Reads in the order of the appends are served from what was read with the record before; a walk of a volume has
 * another order, and then reads more in vain the larger this is.
 */
const windowBytes = 8 * 1024;

export class RecordFile {
  readonly #descriptor: number;
  readonly #path: string;
  #isUnlinked = false;
  #isClosed = false;
  readonly #pending = Buffer.allocUnsafeSlow(appendBytes);
  #pendingBytes = 0;
  #writtenBytes = 0;
  #window: Buffer = Buffer.alloc(0);
  #windowOffset = 0;

  /** Throws the file system's error when `folder` is not there or cannot be written to. */
  constructor(folder: string) {
    this.#path = join(folder, `kubectl-nkvm-${randomBytes(8).toString('hex')}`);
    this.#descriptor = openSync(this.#path, 'wx+', 0o600);
    this.#unlink();
  }

  /** Gives the offset at which the record begins. Throws the file system's error, as when the disk is full. */
  append(latin1: string): number {
    if (this.#pendingBytes + latin1.length > appendBytes) this.#flush();
    const offset = this.#writtenBytes + this.#pendingBytes;
    if (latin1.length > appendBytes) this.#write(Buffer.from(latin1, 'latin1'));
    else this.#pendingBytes += this.#pending.write(latin1, this.#pendingBytes, 'latin1');
    return offset;
  }

  /** The view is valid until the next `read`. */
  read(offset: number, length: number): Buffer {
    if (offset + length > this.#writtenBytes) this.#flush();
    const at = offset - this.#windowOffset;
    if (at >= 0 && at + length <= this.#window.length) return this.#window.subarray(at, at + length);
    const bytes = Buffer.allocUnsafe(Math.max(length, windowBytes));
    const readBytes = readSync(this.#descriptor, bytes, 0, bytes.length, offset);
    this.#window = bytes.subarray(0, readBytes);
    this.#windowOffset = offset;
    return this.#window.subarray(0, length);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
    if (!this.#isUnlinked) rmSync(this.#path, { force: true });
  }

  #flush(): void {
    this.#write(this.#pending.subarray(0, this.#pendingBytes));
    this.#pendingBytes = 0;
  }

  #write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#writtenBytes + done);
    }
    this.#writtenBytes += bytes.length;
  }

  #unlink(): void {
    try {
      rmSync(this.#path);
      this.#isUnlinked = true;
    } catch {
      this.#isUnlinked = false;
    }
  }
}
