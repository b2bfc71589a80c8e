/**
 * How long a lost connection is tried again: with growing pauses, while the pod is there to go on with, and within what
 * `--retries` and `--retry-timeout` allow. Each try is said.
 */
import type { PodRef } from '../../cluster/cluster.ts';
import { ApiError, ConnectionError } from '../../cluster/connection-error.ts';
import { messageOf } from '../../domain/message-of.ts';
import { leaseSeconds } from '../../domain/pod-process.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { podEnded } from './pod-ended.ts';

export interface RetryLimits {
  /** Tries in a row that may bring nothing new. */
  readonly retries: number;
  /** How long there may be nothing new. */
  readonly timeoutSeconds: number;
  /** Told of each try. */
  readonly onRetry?: () => void;
}

/** How long a pod must outlive its client's last sign of life: one that is still trying must find its pod. */
export function leaseFor({ timeoutSeconds }: RetryLimits): number {
  return Math.max(leaseSeconds, timeoutSeconds + 60);
}

/** The connection was lost, and did not come back within the limits. */
export class PatienceLost extends Error {
  override readonly name = 'PatienceLost';
}

/** The remote command ended, or fell silent, though nobody ended it: as good as a lost connection. */
export class Cut extends Error {
  override readonly name = 'Cut';
}

const pauseSeconds = [0.5, 1, 2, 4, 8, 15] as const;
const longestPauseSeconds = 15;

/** Shared by all connections of one task: what one of them brings counts for all, and a break of all is told once. */
export class Patience {
  readonly #run: Run;
  readonly #pod: PodRef | undefined;
  readonly #limits: RetryLimits;
  #tries = 0;
  #lostSinceMs: number | undefined;
  #pause: Promise<void> | undefined;
  #reconnects = 0;

  /** Without a pod: it may be replaced, and another one is as good. */
  constructor(run: Run, pod: PodRef | undefined, limits: RetryLimits) {
    this.#run = run;
    this.#pod = pod;
    this.#limits = limits;
  }

  /** How often a connection was made again. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Something new came: the limits count from the next loss. */
  progressed(): void {
    this.#tries = 0;
    this.#lostSinceMs = undefined;
  }

  /** The connection served for a while: the time without anything new counts from its loss. */
  connected(): void {
    this.#lostSinceMs = undefined;
  }

  /**
   * Returns when it is time to try again. Throws a PodEnded, a PatienceLost, or `error` itself where another try would
   * bring the same. `where` is for the line that is said: `at 412Mi`.
   */
  async after(error: unknown, where = ''): Promise<void> {
    this.#run.signal.throwIfAborted();
    const cause = causeOf(error);
    const isLost = isPassing(cause);
    if (!isLost && !(cause instanceof ApiError)) throw error;
    const ended = this.#pod && (await podEnded(this.#run, this.#pod));
    if (ended !== undefined) throw ended;
    if (!isLost) throw error;
    this.#pause ??= this.#wait(cause, where).finally(() => {
      this.#pause = undefined;
    });
    await this.#pause;
  }

  async #wait(error: unknown, where: string): Promise<void> {
    const { clock, reporter, signal } = this.#run;
    const { retries, timeoutSeconds } = this.#limits;
    const nowMs = clock.now().getTime();
    this.#lostSinceMs ??= nowMs;
    const seconds = (nowMs - this.#lostSinceMs) / 1000;
    const lost = `connection lost${where === '' ? '' : ` ${where}`}`;
    if (this.#tries >= retries || seconds >= timeoutSeconds) {
      const tries = this.#tries === 1 ? 'one try' : `${this.#tries} tries`;
      const given = `${lost} and given up after ${tries} in ${Math.round(seconds)} s`;
      throw new PatienceLost(`${given}: ${messageOf(error)}`, { cause: error });
    }
    const pause = Math.min(pauseSeconds[this.#tries] ?? longestPauseSeconds, timeoutSeconds - seconds);
    this.#tries += 1;
    this.#reconnects += 1;
    this.#limits.onRetry?.();
    reporter.warn(`${lost}: ${messageOf(error)}; try ${this.#tries} of ${retries} in ${pause.toFixed(1)} s`);
    await clock.sleep(pause * 1000, signal);
  }
}

/** A step's failure passes where its cause does. */
function causeOf(error: unknown): unknown {
  return error instanceof RunbookError && error.cause !== undefined ? causeOf(error.cause) : error;
}

function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.passing;
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof Cut;
}

export interface Retried {
  readonly pod: PodRef;
  readonly retry: RetryLimits;
}

/** Runs something that may be begun again from its beginning, until it ends by itself or patience is lost. */
export async function retried<T>(run: Run, { pod, retry }: Retried, work: () => Promise<T>): Promise<T> {
  const patience = new Patience(run, pod, retry);
  for (;;) {
    const beganMs = run.clock.now().getTime();
    try {
      return await work();
    } catch (error) {
      if (run.clock.now().getTime() - beganMs > longestPauseSeconds * 1000) patience.connected();
      await patience.after(error);
    }
  }
}
