/** A node that vanished, or a network that swallows, ends no connection: whoever hears nothing for a minute does. */
import type { Clock } from '../context.ts';
import { Cut } from '../runbook/transfer/patience.ts';

export const silentSeconds = 60;

export class Silence {
  readonly #clock: Clock;
  readonly #seconds: number;
  readonly #ended = new AbortController();
  #heardMs: number;

  constructor(clock: Clock, seconds: number = silentSeconds) {
    this.#clock = clock;
    this.#seconds = seconds;
    this.#heardMs = clock.now().getTime();
    void this.#watch();
  }

  /** Aborted with a Cut. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  broken(): void {
    this.#heardMs = this.#clock.now().getTime();
  }

  end(): void {
    this.#ended.abort(new Cut('the connection has ended'));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#clock.sleep((this.#seconds / 12) * 1000, signal).catch(() => undefined);
      const seconds = Math.round((this.#clock.now().getTime() - this.#heardMs) / 1000);
      if (seconds > this.#seconds) this.#ended.abort(new Cut(`no byte from the pod for ${seconds} s`));
    }
  }
}
