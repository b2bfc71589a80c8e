/**
 * What lands of an archive as a tar of its own, for what the archive's own bytes would not do: members left out, other
 * owners, dialects that busybox tar cannot read. It is made anew from the source each time it is read, in bounded
 * memory, and is always the same bytes: of the manifest of step 1, and of content that is hashed again on its way.
 */
import { ArchiveFault } from './archive-fault.ts';
import type { ArchiveSource } from './archive-source.ts';
import { carefulChunkBytes, HashedFile } from './hashed-file.ts';
import { inflate } from './inflate.ts';
import type { Manifest } from './manifest.ts';
import { type TarEvent, TarReader } from './tar-reader.ts';
import { contentBytes, encodeHeader, endMarkerBytes, paddingBytes } from './tar-writer.ts';
import { ArchiveChanged, type Wire } from './wire.ts';

const chunkBytes = 256 * 1024;

export interface RewrittenArchive {
  readonly source: ArchiveSource;
  /** Of the source, as step 1 read it. */
  readonly sha256: string;
  readonly manifest: Manifest;
  /** As step 1 read it: a damaged archive gives all that comes before the damage. */
  readonly careful: boolean;
}

/** A wire of known size. */
export function rewrittenWire(archive: RewrittenArchive): Wire {
  return {
    format: 'tar',
    sizeBytes: sizeOf(archive.manifest),
    read: ({ signal }) => heldBack(archive, signal),
  };
}

function sizeOf(manifest: Manifest): number {
  let sizeBytes = endMarkerBytes;
  for (let number = 1; number <= manifest.count; number++) {
    const member = manifest.writtenAt(number);
    if (member === undefined) continue;
    const content = contentBytes(member);
    sizeBytes += encodeHeader(member).length + content + paddingBytes(content);
  }
  return sizeBytes;
}

/** Keeps the last chunk until the whole source has the hash that it had in step 1. */
async function* heldBack(
  { source, sha256, manifest, careful }: RewrittenArchive,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const chunkBytes = careful ? carefulChunkBytes : undefined;
  const file = new HashedFile(source, { signal, chunkBytes });
  const inflated = inflate(() => file.next(), chunkBytes);
  let held: Buffer | undefined;
  let isWhole = true;
  for await (const chunk of rewritten(inflated, manifest, () => {
    isWhole = false;
  })) {
    if (held !== undefined) yield held;
    held = chunk;
  }
  const found = await file.finish();
  if (!isWhole || found !== sha256) throw new ArchiveChanged(source.path);
  if (held !== undefined) yield held;
}

/** The end of a damaged archive is where step 1 found it: `onMissing` says that something that lands is not there. */
async function* rewritten(
  inflated: AsyncIterable<Buffer>,
  manifest: Manifest,
  onMissing: () => void,
): AsyncGenerator<Buffer, void, void> {
  const output = new Output();
  const members = new MembersWritten(manifest, output);
  const tar = new TarReader({ content: 'give' });
  try {
    for await (const piece of inflated) {
      for (const event of await tar.take(piece)) {
        members.add(event);
        yield* output.takeFull();
      }
      if (members.areAll) break;
    }
    tar.finish();
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
  }
  if (!members.areAll) onMissing();
  output.addZeros(endMarkerBytes);
  yield* output.takeFull();
  yield* output.takeRest();
}

/** Writes what lands of each member that is read. */
class MembersWritten {
  readonly #manifest: Manifest;
  readonly #output: Output;
  #isWritten = false;
  #leftBytes = 0;
  #read = 0;
  #isWhole = true;

  constructor(manifest: Manifest, output: Output) {
    this.#manifest = manifest;
    this.#output = output;
  }

  get areAll(): boolean {
    return this.#isWhole && this.#read >= this.#manifest.count;
  }

  add(event: TarEvent): void {
    if (event.kind === 'member') this.#begin(event.entry.number);
    else if (event.kind === 'content') this.#addContent(event.bytes);
    else this.#end(event.entry.number);
  }

  #begin(number: number): void {
    const member = number > this.#manifest.count ? undefined : this.#manifest.writtenAt(number);
    this.#isWritten = member !== undefined;
    this.#leftBytes = member === undefined ? 0 : contentBytes(member);
    if (member !== undefined) this.#output.add(encodeHeader(member));
  }

  #addContent(bytes: Buffer): void {
    if (!this.#isWritten) return;
    this.#leftBytes -= bytes.length;
    this.#output.add(bytes);
  }

  #end(number: number): void {
    this.#read = number;
    if (this.#leftBytes !== 0) this.#isWhole = false;
    this.#output.addZeros(paddingBytes(this.#output.sizeBytes));
  }
}

/** Gathers what is only lent into chunks with memory of their own. */
class Output {
  #full: Buffer[] = [];
  #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  #filledBytes = 0;
  /** All that was ever added. */
  sizeBytes = 0;

  add(bytes: Buffer): void {
    this.sizeBytes += bytes.length;
    for (let offset = 0; offset < bytes.length; ) {
      const copied = bytes.copy(this.#chunk, this.#filledBytes, offset);
      offset += copied;
      this.#filledBytes += copied;
      if (this.#filledBytes < chunkBytes) continue;
      this.#full.push(this.#chunk);
      this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
      this.#filledBytes = 0;
    }
  }

  addZeros(count: number): void {
    this.add(Buffer.alloc(count));
  }

  takeFull(): readonly Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  takeRest(): readonly Buffer[] {
    if (this.#filledBytes === 0) return [];
    const rest = Buffer.allocUnsafeSlow(this.#filledBytes);
    this.#chunk.copy(rest, 0, 0, this.#filledBytes);
    this.#filledBytes = 0;
    return [rest];
  }
}
