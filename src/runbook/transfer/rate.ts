import type { Clock } from '../../context.ts';

/** Spreads bytes over time, for all that share it: no more than so many in any longer span. */
export class Rate {
  readonly #clock: Clock;
  readonly bytesPerSecond: number;
  #freeAtMs = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.bytesPerSecond = bytesPerSecond;
  }

  /** How much to send at once, so that it flows. */
  get pieceBytes(): number {
    return Math.max(1024, Math.floor(this.bytesPerSecond / 10));
  }

  /** Resolves when so many bytes may go. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.now().getTime();
    const startMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startMs + (bytes / this.bytesPerSecond) * 1000;
    if (startMs > nowMs) await this.#clock.sleep(startMs - nowMs, signal);
  }
}
