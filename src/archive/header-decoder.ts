/**
 * Decodes tar headers with tar-stream, without giving it what follows them: each is passed as the header of a member
 * without content (see `copyWithoutContent`). A stream for each member's content would take most of the time when there
 * are a million of them.
 */
import { type ExtractEvents, extract } from 'tar-stream';
import { blockBytes, copyWithoutContent } from './tar-field.ts';

/** What is taken of that which tar-stream 3.2 emits: the names of the header itself, bytes as latin1. */
export interface DecodedFields {
  readonly name: string;
  readonly linkname: string | null;
}

type Next = ExtractEvents['entry'][2];

export class HeaderDecoder {
  /** Names are bytes. */
  readonly #extract = extract({ filenameEncoding: 'latin1', allowUnknownFormat: true } as object);
  #decoded: DecodedFields[] = [];
  #wantedCount = 0;
  #settle: { readonly resolve: () => void; readonly reject: (cause: unknown) => void } | undefined;

  constructor() {
    this.#extract.on('entry', (header, _, next) => this.#enter(header as unknown as DecodedFields, next));
    this.#extract.on('error', (cause: unknown) => this.#settle?.reject(cause));
  }

  /** `blocks`: headers whose checksum is right. Not to be called before the last call has settled. */
  async decode(blocks: readonly Buffer[]): Promise<readonly DecodedFields[]> {
    if (blocks.length === 0) return [];
    const bytes = Buffer.allocUnsafe(blocks.length * blockBytes);
    blocks.forEach((block, index) => {
      copyWithoutContent(block, bytes, index * blockBytes);
    });
    this.#decoded = [];
    this.#wantedCount = blocks.length;
    await new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#extract.write(bytes);
    });
    return this.#decoded;
  }

  #enter(header: DecodedFields, next: Next): void {
    this.#decoded.push(header);
    // Called at once, it would come back here for the next header before this returns, deeper with each.
    queueMicrotask(next);
    if (this.#decoded.length === this.#wantedCount) this.#settle?.resolve();
  }
}
