/**
 * What step 4 sends into the restore pod's tar: the same bytes each time they are asked for, so that an upload can go
 * on at any byte.
 */
export interface Wire {
  readonly format: 'gzip' | 'tar';
  /** Undefined while unknown beforehand. */
  readonly sizeBytes: number | undefined;
  /**
   * The bytes from `start` to the end; a chunk has memory of its own, which is the reader's to release. The last chunk
   * comes only when the source has proven to be what step 1 read; an Error otherwise.
   */
  read(options: { readonly start: number; readonly signal: AbortSignal }): AsyncIterable<Buffer>;
}
