/**
 * What step 4 sends into tar in the restore pod. However it is made, a reading proves that it was made of the archive
 * that step 1 read: an `ArchiveChanged` is thrown before the last bytes leave, so that tar cannot end well on another.
 */
import { createHash } from 'node:crypto';
import type { ArchiveSource } from './archive-source.ts';

export interface Wire {
  /** How tar must read it. */
  readonly format: 'gzip' | 'tar';
  /** Undefined when it is known only at the end. */
  readonly sizeBytes: number | undefined;
  /** Read once, from the first byte to the last. A chunk has memory of its own, which is the reader's to release. */
  read(options: { readonly signal: AbortSignal }): AsyncIterable<Buffer>;
}

export class ArchiveChanged extends Error {
  constructor(path: string) {
    super(`${path} changed since step 1 read it`);
    this.name = 'ArchiveChanged';
  }
}

/** The archive as it is. `sha256` is step 1's. */
export function storedWire(source: ArchiveSource, sha256: string | undefined): Wire {
  return {
    format: 'gzip',
    sizeBytes: source.sizeBytes,
    async *read({ signal }) {
      const hash = createHash('sha256');
      let held: Buffer | undefined;
      for await (const chunk of source.read({ signal })) {
        hash.update(chunk);
        if (held !== undefined) yield held;
        held = chunk;
      }
      if (hash.digest('hex') !== sha256) throw new ArchiveChanged(source.path);
      if (held !== undefined) yield held;
    },
  };
}
