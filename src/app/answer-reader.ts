/** Takes a shell's answers apart, in whatever chunks they come: frames of bytes, lines, and the line `done 0`. */

export interface Answer {
  /** By name; the last of a name. */
  readonly frames: ReadonlyMap<string, Buffer>;
  /** Without their line breaks, as latin1: a file's name is bytes. */
  readonly lines: readonly string[];
}

interface OpenFrame {
  readonly name: string;
  readonly sizeBytes: number;
  readonly chunks: Buffer[];
  missingBytes: number;
}

const lineFeed = 0x0a;

export class AnswerReader {
  readonly #onAnswer: (answer: Answer) => void;
  #frame: OpenFrame | undefined;
  #line: Buffer[] = [];
  #frames = new Map<string, Buffer>();
  #lines: string[] = [];

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** The chunk is kept. */
  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0; ) {
      rest = this.#frame === undefined ? this.#takeLine(rest) : this.#takeBytes(rest, this.#frame);
    }
  }

  #takeBytes(chunk: Buffer, frame: OpenFrame): Buffer {
    const taken = chunk.subarray(0, frame.missingBytes);
    frame.chunks.push(taken);
    frame.missingBytes -= taken.length;
    if (frame.missingBytes === 0) {
      this.#frames.set(frame.name, Buffer.concat(frame.chunks, frame.sizeBytes));
      this.#frame = undefined;
    }
    return chunk.subarray(taken.length);
  }

  #takeLine(chunk: Buffer): Buffer {
    const end = chunk.indexOf(lineFeed);
    this.#line.push(end === -1 ? chunk : chunk.subarray(0, end));
    if (end === -1) return chunk.subarray(chunk.length);
    const line = Buffer.concat(this.#line).toString('latin1');
    this.#line = [];
    this.#endLine(line);
    return chunk.subarray(end + 1);
  }

  #endLine(line: string): void {
    const [, name, size] = /^([a-z]+) +(\d+)$/.exec(line) ?? [];
    if (name === undefined) this.#lines.push(line);
    else if (name === 'done') {
      const answer = { frames: this.#frames, lines: this.#lines };
      this.#frames = new Map();
      this.#lines = [];
      this.#onAnswer(answer);
    } else if (size === '0') this.#frames.set(name, Buffer.alloc(0));
    else this.#frame = { name, sizeBytes: Number(size), chunks: [], missingBytes: Number(size) };
  }
}
