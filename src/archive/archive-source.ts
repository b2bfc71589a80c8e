/**
 * Where an archive's bytes come from. A source is opened once and names the same bytes until it is closed,
 * whatever happens to the path meanwhile: what was validated is what is extracted.
 */
export interface ArchiveSource {
  /** For messages and records: an absolute file path, or a URL without credentials. */
  readonly path: string;
  readonly sizeBytes: number;
  /**
   * The bytes from `start` (default 0) to the end, as often as asked for. A chunk has memory of its own, which is the
   * reader's to release.
   */
  read(options?: ReadOptions): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface ReadOptions {
  readonly start?: number;
  /** At most so many in a chunk; a source may give smaller ones. */
  readonly chunkBytes?: number;
  readonly signal?: AbortSignal | undefined;
}
