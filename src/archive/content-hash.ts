import { createHash, type Hash, hash } from 'node:crypto';

/** The SHA-256 of one file after the other. A file that comes in one piece, as most do, needs no object of its own. */
export class ContentHash {
  #hash: Hash | undefined;
  #digest: string | undefined;

  /** `isWhole`: the bytes are the whole file. */
  update(bytes: Buffer, isWhole: boolean): void {
    if (isWhole) {
      this.#digest = hash('sha256', bytes);
      return;
    }
    this.#hash ??= createHash('sha256');
    this.#hash.update(bytes);
  }

  /** Of what came since the last `digest`: 64 lower-case hex digits. */
  digest(): string {
    const digest = this.#digest ?? this.#hash?.digest('hex') ?? emptyDigest;
    this.#digest = undefined;
    this.#hash = undefined;
    return digest;
  }
}

const emptyDigest = hash('sha256', '');
