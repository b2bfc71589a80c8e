/**
 * Reads the members of a tar stream: `TarWalk` finds and proves where each begins and ends, tar-stream decodes its
 * header, and the content comes out as the file has it, holes included.
 */
import { setImmediate } from 'node:timers/promises';
import { displayPath } from '../domain/archive-path.ts';
import type { Verdict, VerdictResult } from '../domain/verdict.ts';
import { ArchiveFault } from './archive-fault.ts';
import { ContentHash } from './content-hash.ts';
import { type DecodedFields, HeaderDecoder } from './header-decoder.ts';
import { SparseContent } from './sparse-content.ts';
import { type DecodedHeader, decodeHeader } from './tar-header.ts';
import { type StoredHeader, type TarPiece, TarWalk } from './tar-walk.ts';
import type { WalkRefusal } from './walk-refusal.ts';

export interface TarEntry extends DecodedHeader {
  /** From 1, in the order of the archive. */
  readonly number: number;
  /** Of the member's own header, in the tar stream. */
  readonly offset: number;
}

/** A member, then what is in it, then its end: what came of a member without an end is only a part of it. */
export type TarEvent =
  | { readonly kind: 'member'; readonly entry: TarEntry }
  /** The next bytes of the file, to be read only, and before the event after it. */
  | { readonly kind: 'content'; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly entry: TarEntry };

export interface TarReaderOptions {
  /** What happens to content: `hash` gives each file its `sha256`, `give` gives it as events. */
  readonly content: 'skip' | 'hash' | 'give';
  readonly signal?: AbortSignal | undefined;
}

/** A hole in a sparse file may take hours to hash: so many bytes of content, and others get their turn. */
const turnBytes = 64 * 1024 * 1024;

export class TarReader {
  readonly #options: TarReaderOptions;
  readonly #walk: TarWalk;
  readonly #decoder = new HeaderDecoder();
  readonly #hash = new ContentHash();
  /** The member whose header was read last. */
  #last: TarEntry | undefined;
  /** Puts its holes back, where it has some. */
  #sparse: SparseContent | undefined;
  #isStopped = false;
  #isRefused = false;

  constructor(options: TarReaderOptions) {
    this.#options = options;
    this.#walk = new TarWalk({ content: options.content !== 'skip' });
  }

  /**
   * Calls back for each member of which these bytes complete the content. Throws an `ArchiveFault` (corrupt), what the
   * callback throws, or the signal's reason.
   */
  async write(bytes: Buffer, onEntry: (entry: TarEntry) => void): Promise<void> {
    const { content, signal } = this.#options;
    const isHashed = content === 'hash';
    let turn = 0;
    for (const event of await this.take(bytes)) {
      if (event.kind === 'end') onEntry(isHashed ? this.#withHash(event.entry) : event.entry);
      if (event.kind !== 'content') continue;
      if (isHashed) this.#hash.update(event.bytes, event.bytes.length === this.#last?.member.sizeBytes);
      turn += event.bytes.length;
      if (turn < turnBytes) continue;
      turn = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
  }

  /**
   * What these bytes complete, but for hashes. To be read to its end before the next `take`, while `bytes` stand;
   * reading it throws an `ArchiveFault` (corrupt) at its place.
   */
  async take(bytes: Buffer): Promise<Iterable<TarEvent>> {
    if (this.#isStopped) return [];
    const { pieces, refusal } = this.#walk.take(bytes);
    const headers = pieces.flatMap((piece) => (piece.kind === 'header' ? [piece.header.block] : []));
    const decoded = await this.#decoder.decode(headers);
    return this.#events(pieces, decoded, refusal);
  }

  /** Whether the last member and all before it were read, whatever may be wrong around the tar. */
  get isWhole(): boolean {
    return this.#walk.isEndMarkerWhole && !this.#isRefused;
  }

  /** To be called after the last `take`. Throws an `ArchiveFault`: corrupt, truncated. */
  finish(): void {
    if (this.#isStopped) return;
    if (this.#walk.endMarkerOffset === undefined) throw this.#cut('truncated', 'the tar stream ends');
    if (!this.#walk.isEndMarkerWhole)
      throw this.#cut('truncated', 'the tar stream ends inside its end marker');
    if (this.#last !== undefined) return;
    throw this.#fault({ result: 'corrupt', reason: 'the tar stream holds no member', offset: 0 });
  }

  /** Instead of `finish`, when no more can be read: the fault with the member that it struck, if it struck one. */
  interrupt(fault: ArchiveFault): ArchiveFault {
    if (this.#isStopped) return fault;
    const isBetweenMembers = this.#last === undefined || this.#walk.endMarkerOffset !== undefined;
    if (isBetweenMembers) return fault;
    const { result, reason = result, offset, expected, found } = fault.verdict;
    const place = offset === undefined ? '' : ` at byte ${offset} of the file,`;
    const cut = this.#cut(result, `${reason}${place}`);
    return new ArchiveFault({ ...cut.verdict, ...valuesOf({ expected, found }) }, { cause: fault });
  }

  #withHash(entry: TarEntry): TarEntry {
    const sha256 = this.#hash.digest();
    return entry.member.type === 'file' ? { ...entry, member: { ...entry.member, sha256 } } : entry;
  }

  *#events(
    pieces: readonly TarPiece[],
    decoded: readonly DecodedFields[],
    refusal: WalkRefusal | undefined,
  ): Generator<TarEvent, void, void> {
    const fields = decoded.values();
    for (const piece of pieces) {
      if (piece.kind === 'header') yield this.#enter(piece.header, fields.next().value);
      else if (piece.kind === 'content') yield* this.#content(piece.bytes);
      else yield* this.#leave();
      if (this.#isStopped) return yield* this.#leave();
    }
    if (refusal !== undefined) throw this.#refused(refusal);
  }

  #enter(header: StoredHeader, fields: DecodedFields | undefined): TarEvent {
    if (fields === undefined) throw new Error('tar-stream gave fewer headers than it was given');
    const decoded = decodeHeader(header, fields);
    const { offset } = header;
    const entry = { ...decoded, number: (this.#last?.number ?? 0) + 1, offset };
    this.#last = entry;
    this.#sparse = header.sparse && new SparseContent(header.sparse);
    if (decoded.invalid !== undefined) {
      const reason = `${nameOf(entry)} has an invalid ${decoded.invalid}`;
      throw this.#fault({ result: 'corrupt', reason, offset });
    }
    this.#isStopped = decoded.endUnknown;
    return { kind: 'member', entry };
  }

  *#content(stored: Buffer): Generator<TarEvent, void, void> {
    if (this.#sparse === undefined) yield { kind: 'content', bytes: stored };
    else for (const bytes of this.#sparse.take(stored)) yield { kind: 'content', bytes };
  }

  *#leave(): Generator<TarEvent, void, void> {
    if (this.#sparse !== undefined && this.#walk.givesContent) {
      for (const bytes of this.#sparse.finish()) yield { kind: 'content', bytes };
    }
    if (this.#last !== undefined) yield { kind: 'end', entry: this.#last };
  }

  #refused({ refusal }: WalkRefusal): ArchiveFault {
    this.#isRefused = true;
    const follows = this.#last === undefined ? 'is at the beginning' : `follows ${nameOf(this.#last)}`;
    const { what, where = follows, offset, expected, found } = refusal;
    return this.#fault({
      result: 'corrupt',
      reason: `${what} ${where}`,
      offset,
      ...valuesOf({ expected, found }),
    });
  }

  /** What could be read of the stream ends before the tar does. */
  #cut(result: VerdictResult, what: string): ArchiveFault {
    const offset = this.#walk.readBytes;
    let where = 'before the first member';
    if (this.#walk.endMarkerOffset !== undefined) where = 'after the last member';
    else if (this.#last !== undefined) {
      where = `${offset < this.#walk.boundary ? 'inside' : 'right after'} ${nameOf(this.#last)}`;
    }
    return this.#fault({ result, reason: `${what} ${where}`, offset });
  }

  #fault(verdict: Verdict): ArchiveFault {
    const last = this.#last;
    const member = last && { number: last.number, name: displayPath(last.member.path) };
    return new ArchiveFault({ ...verdict, ...(member && { member }) });
  }
}

function nameOf({ number, member }: TarEntry): string {
  return `member ${number} (${displayPath(member.path)})`;
}

function valuesOf({ expected, found }: Partial<Record<'expected' | 'found', string | undefined>>) {
  return { ...(expected !== undefined && { expected }), ...(found !== undefined && { found }) };
}
