/**
 * Reads the members of a tar stream with tar-stream, and proves with `TarFrame` that the stream is one whole tar.
 * tar-stream is given one chunk at a time, so that the bytes it speaks of are at hand.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ExtractEvents, extract } from 'tar-stream';
import { displayPath } from '../domain/archive-path.ts';
import type { Verdict, VerdictResult } from '../domain/verdict.ts';
import { ArchiveFault } from './archive-fault.ts';
import { blockBytes, TarFrame } from './tar-frame.ts';
import { type DecodedHeader, decodeHeader, type TarHeader } from './tar-header.ts';

/** Names are bytes. With the least mark, `drain` comes after each chunk. */
const extractOptions = { filenameEncoding: 'latin1', allowUnknownFormat: true, highWaterMark: 1 };

type Content = ExtractEvents['entry'][1];

/** A member that was read to the end of its content. */
export interface TarEntry extends DecodedHeader {
  /** From 1, in the order of the archive. */
  readonly number: number;
  /** Of the member's own header, in the tar stream. */
  readonly offset: number;
}

export interface TarReaderOptions {
  /** Gives each file its `sha256`. */
  readonly hashContent: boolean;
  readonly onEntry: (entry: TarEntry) => void;
  /** A header was read; its content follows. */
  readonly onBegin?: (entry: TarEntry) => void;
  /** Content of the member that began last; the bytes are lent until the callback returns. */
  readonly onContent?: (bytes: Buffer) => void;
}

export class TarReader {
  readonly #options: TarReaderOptions;
  readonly #extract = extract(extractOptions);
  readonly #frame = new TarFrame();
  /** The member whose header was read last. */
  #last: TarEntry | undefined;
  /** Its content, until that was read. */
  #content: Content | undefined;
  #isStopped = false;
  #failure: unknown;
  #drained = () => {};

  constructor(options: TarReaderOptions) {
    this.#options = options;
    this.#extract.on('entry', (header, content, next) =>
      this.#guard(() => this.#enter(header as unknown as TarHeader, content, next)),
    );
    this.#extract.on('error', (cause: unknown) => {
      this.#failure ??= this.#noHeader(cause);
    });
    this.#extract.on('drain', () => this.#drained());
    this.#extract.on('close', () => this.#drained());
  }

  /** Resolves when all headers in `bytes` are read. Throws an `ArchiveFault` (corrupt), or what `onEntry` throws. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#isStopped) return;
    const blocks = this.#frame.take(bytes);
    this.#requireNoTrailingData();
    if (blocks.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#extract.write(blocks);
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** To be called after the last `write`. Throws an `ArchiveFault`: corrupt, truncated. */
  async finish(): Promise<void> {
    if (this.#isStopped) return;
    await this.#settleLast();
    if (this.#frame.endMarkerOffset === undefined) throw this.#cut('truncated', 'the tar stream ends');
    this.#requireNoTrailingData();
    if (!this.#frame.isEndMarkerWhole)
      throw this.#cut('truncated', 'the tar stream ends inside its end marker');
    if (this.#last !== undefined) return;
    throw this.#fault({ result: 'corrupt', reason: 'the tar stream holds no member', offset: 0 });
  }

  /** Instead of `finish`, when no more can be read: the fault with the member that it struck, if it struck one. */
  async interrupt(fault: ArchiveFault): Promise<ArchiveFault> {
    if (this.#isStopped) return fault;
    await this.#settleLast();
    const isBetweenMembers = this.#last === undefined || this.#frame.endMarkerOffset !== undefined;
    return isBetweenMembers ? fault : this.#cut(fault.verdict.result, fault.message);
  }

  #enter(header: TarHeader, content: Content, next: () => void): void {
    const offset = header.byteOffset - blockBytes;
    const decoded = decodeHeader(header, this.#frame.block(offset));
    const unsafe = this.#frame.hasGlobalPax ? 'a member under a global pax header' : decoded.unsafe;
    const number = (this.#last?.number ?? 0) + 1;
    const entry = { ...decoded, ...(unsafe !== undefined && { unsafe }), number, offset };
    this.#last = entry;
    if (decoded.invalid !== undefined) {
      const reason = `${nameOf(entry)} has an invalid ${decoded.invalid}`;
      throw this.#fault({ result: 'corrupt', reason, offset });
    }
    if (decoded.endUnknown) {
      this.#isStopped = true;
      this.#options.onEntry(entry);
      this.#extract.destroy();
      return;
    }
    this.#frame.expectContent(header.byteOffset, header.size);
    this.#requireNoTrailingData();
    this.#read(entry, content, next);
  }

  #read(entry: TarEntry, content: Content, next: () => void): void {
    const hash = this.#options.hashContent && entry.member.type === 'file' ? createHash('sha256') : undefined;
    const { onBegin, onContent } = this.#options;
    this.#content = content;
    onBegin?.(entry);
    content.on('error', () => {});
    content.on('end', () =>
      this.#guard(() => {
        this.#content = undefined;
        const member = hash ? { ...entry.member, sha256: hash.digest('hex') } : entry.member;
        this.#options.onEntry({ ...entry, member });
        next();
      }),
    );
    if (hash) content.on('data', (bytes) => hash.update(bytes as Buffer));
    if (onContent) content.on('data', (bytes) => this.#guard(() => onContent(bytes as Buffer)));
    if (hash || onContent) return;
    content.resume();
  }

  /** An error thrown inside an event of tar-stream reaches whoever awaits `write` or `finish`. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#failure ??= error;
      this.#extract.destroy();
    }
  }

  /** A member whose content was all written may still be on its way through tar-stream. */
  async #settleLast(): Promise<void> {
    const isWhole = this.#frame.readBytes >= this.#frame.boundary;
    if (isWhole && this.#content !== undefined) await once(this.#content, 'end');
    if (this.#failure !== undefined) throw this.#failure;
  }

  #requireNoTrailingData(): void {
    if (!this.#frame.hasTrailingData) return;
    const offset = this.#frame.endMarkerOffset ?? 0;
    throw this.#fault({ result: 'corrupt', reason: 'more data follows the end marker', offset });
  }

  #noHeader(cause: unknown): ArchiveFault {
    const where = this.#last === undefined ? 'is at the beginning' : `follows ${nameOf(this.#last)}`;
    const reason = `no valid tar header ${where}`;
    return this.#fault({ result: 'corrupt', reason, offset: this.#frame.boundary }, cause);
  }

  /** What could be read of the stream ends before the tar does. */
  #cut(result: VerdictResult, what: string): ArchiveFault {
    const offset = this.#frame.readBytes;
    let where = 'before the first member';
    if (this.#frame.endMarkerOffset !== undefined) where = 'after the last member';
    else if (this.#last !== undefined) {
      where = `${offset < this.#frame.boundary ? 'inside' : 'right after'} ${nameOf(this.#last)}`;
    }
    return this.#fault({ result, reason: `${what} ${where}`, offset });
  }

  #fault(verdict: Verdict, cause?: unknown): ArchiveFault {
    const last = this.#last;
    const member = last && { number: last.number, name: displayPath(last.member.path) };
    return new ArchiveFault({ ...verdict, ...(member && { member }) }, { cause });
  }
}

function nameOf({ number, member }: TarEntry): string {
  return `member ${number} (${displayPath(member.path)})`;
}
