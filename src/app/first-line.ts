/** Takes the first line off a stream, wherever it is cut. */
export class FirstLine {
  readonly #onLine: (line: string) => void;
  #begun = '';
  #isOver = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** What comes after it. */
  cut(chunk: Buffer): Buffer {
    if (this.#isOver) return chunk;
    const end = chunk.indexOf('\n');
    this.#begun += chunk.toString('latin1', 0, end === -1 ? chunk.length : end);
    if (end === -1) return chunk.subarray(chunk.length);
    this.#isOver = true;
    this.#onLine(this.#begun);
    return chunk.subarray(end + 1);
  }
}
