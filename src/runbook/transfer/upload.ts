/**
 * One connection of an upload: sends segments, each announced by its offset and length, and hears which of them the pod
 * has whole and how far tar is. Guarantees that a connection which brings no answer ends, also where the network says
 * nothing; and that what was on its way when it ended is given back.
 */
import type { PodRef } from '../../cluster/cluster.ts';
import type { Run } from '../run.ts';
import { Cut } from './patience.ts';
import { uploadScript } from './pod-scripts.ts';
import type { Rate } from './rate.ts';
import type { Segment, Segments } from './segments.ts';

export interface UploadParts {
  readonly pod: PodRef;
  readonly workFolder: string;
  /** A lane has one connection at a time. */
  readonly lane: Lane;
  readonly segments: Segments;
  readonly rate?: Rate | undefined;
  /** Something that the pod did not have is there now. */
  readonly onProgress: () => void;
  /** Tar has ended. */
  readonly onEnded: () => void;
  readonly signal: AbortSignal;
}

/** What outlives a connection: its place in the pod, and the size of segment that suits the link. */
export interface Lane {
  readonly number: number;
  /** How many there have been. */
  connections: number;
  segmentBytes: number;
}

/** Announced and not yet known to be whole: one that is sent, one whose answer is on its way. */
const segmentsInFlight = 2;
const largestSegmentBytes = 4 * 2 ** 20;
const smallestSegmentBytes = 16 * 1024;
/** A segment should take about so long: then answers come often, and a cut costs little. */
const quickMs = 1000;
const slowMs = 4000;
const lookEveryMs = 20_000;
const silentMs = 60_000;

export class Upload {
  readonly #run: Run;
  readonly #parts: UploadParts;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = new AbortController();
  readonly #inFlight = new Map<number, { readonly segment: Segment; readonly sinceMs: number }>();
  #moved = Promise.withResolvers<void>();
  #heardMs: number;
  #line = '';

  constructor(run: Run, parts: UploadParts) {
    this.#run = run;
    this.#parts = parts;
    this.#heardMs = this.#nowMs();
  }

  /** Until the connection ends, which is always an error: a Cut where nothing else says why. */
  async send(): Promise<never> {
    const { pod, lane, workFolder, segments, signal } = this.#parts;
    lane.connections += 1;
    const place = [workFolder, String(lane.number), String(lane.connections)];
    const words = ['sh', '-c', uploadScript, 'nkvm-upload', ...place];
    try {
      void this.#watch();
      const { exitCode, stderr } = await this.#run.cluster.exec(pod, words, {
        stdin: this.#stdin(),
        onStdout: (chunk) => this.#hear(chunk),
        signal: AbortSignal.any([signal, this.#ended.signal]),
      });
      throw new Cut(`the upload in the pod ended with ${exitCode}${stderr.trim() && `: ${stderr.trim()}`}`);
    } finally {
      this.#ended.abort();
      for (const { segment } of this.#inFlight.values()) segments.giveBack(segment);
    }
  }

  async *#stdin(): AsyncIterable<Uint8Array> {
    const { segments, lane } = this.#parts;
    await this.#ready.promise;
    for (;;) {
      const next = segments.next(lane.segmentBytes);
      while (!(await this.#settles(next))) yield Buffer.from('look\n');
      const segment = await next;
      if (segment === undefined) break;
      if (this.#ended.signal.aborted) return segments.giveBack(segment);
      this.#inFlight.set(segment.offset, { segment, sinceMs: this.#nowMs() });
      yield Buffer.from(`${segment.offset} ${segment.sizeBytes}\n`);
      yield* this.#paced(segment);
      while (this.#inFlight.size >= segmentsInFlight) await this.#moved.promise;
    }
    yield Buffer.from(`end ${segments.totalBytes}\n`);
    const over = new Promise<never>(() => {});
    while (!(await this.#settles(over))) yield Buffer.from('look\n');
  }

  async *#paced({ chunks }: Segment): AsyncIterable<Uint8Array> {
    const { rate } = this.#parts;
    for (const chunk of chunks) {
      if (rate === undefined) {
        yield chunk;
        continue;
      }
      for (let at = 0; at < chunk.length; at += rate.pieceBytes) {
        const piece = chunk.subarray(at, at + rate.pieceBytes);
        await rate.pass(piece.length, this.#ended.signal);
        yield piece;
      }
    }
  }

  #hear(chunk: Buffer): void {
    this.#heardMs = this.#nowMs();
    const lines = (this.#line + chunk).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#understand(line.split(' '));
  }

  #understand([word, number = '']: readonly string[]): void {
    const { segments, onProgress, onEnded } = this.#parts;
    if (word === 'ready') this.#ready.resolve();
    if (word === 'ended') onEnded();
    if (word === 'taken') segments.taken(Number(number));
    if (word !== 'kept') return;
    this.#arrived(Number(number));
    if (segments.kept(Number(number))) onProgress();
  }

  #arrived(offset: number): void {
    const sent = this.#inFlight.get(offset);
    if (sent === undefined) return;
    this.#inFlight.delete(offset);
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
    const { lane } = this.#parts;
    const took = this.#nowMs() - sent.sinceMs;
    if (took < quickMs) lane.segmentBytes = Math.min(2 * lane.segmentBytes, largestSegmentBytes);
    if (took > slowMs) lane.segmentBytes = Math.max(lane.segmentBytes / 2, smallestSegmentBytes);
  }

  /** Whether it settles before it is time to look again. */
  async #settles(next: Promise<unknown>): Promise<boolean> {
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#ended.signal]);
    const late = this.#run.clock.sleep(lookEveryMs, signal).then(
      () => false,
      () => true,
    );
    const isSettled = await Promise.race([next.then(() => true), late]);
    timer.abort();
    return isSettled;
  }

  /** A node that vanished, or a network that swallows, ends no connection. */
  async #watch(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#run.clock.sleep(silentMs / 12, signal).catch(() => undefined);
      const silent = this.#nowMs() - this.#heardMs;
      if (silent > silentMs)
        this.#ended.abort(new Cut(`no answer from the pod for ${Math.round(silent / 1000)} s`));
    }
  }

  #nowMs(): number {
    return this.#run.clock.now().getTime();
  }
}

/** For a lane that knows nothing of its link yet. */
export function firstSegmentBytes(rate: Rate | undefined): number {
  const usual = 512 * 1024;
  if (rate === undefined) return usual;
  return Math.max(smallestSegmentBytes, Math.min(usual, Math.floor(rate.bytesPerSecond)));
}
