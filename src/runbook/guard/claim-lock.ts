/**
 * The lock of a claim while this process has it. Guarantees that `check` returns only while nobody else can have taken
 * it over: what changes the cluster asks it first. It is renewed in the background; a process that did not come to
 * that, because its machine slept or its network was gone, renews it before the next change, or learns that it is lost.
 */
import type { Leases } from '../../cluster/cluster.ts';
import { isStatus } from '../../cluster/connection-error.ts';
import {
  holderOf,
  holderText,
  isSameHolding,
  type Lease,
  lockMarginSeconds,
  lockSeconds,
  microTime,
  renewSeconds,
} from '../../domain/claim-lock.ts';
import { messageOf } from '../../domain/message-of.ts';
import { annotations } from '../../domain/names.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';

/** A run that has the lock of the claim it changes: its cluster checks it before each change, its signal tells its loss. */
export interface LockedRun extends Run {
  readonly lock: ClaimLock;
}

/** Two clocks, since either may stand still or jump: the one while the machine sleeps, the other when it is set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function momentOf({ clock }: Pick<Run, 'clock'>): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.now().getTime() };
}

export function isLockLost(error: unknown): boolean {
  return error instanceof RunbookError && error.code === 'lock-lost';
}

const freshMs = (lockSeconds - lockMarginSeconds) * 1000;

export class ClaimLock {
  readonly #run: Run;
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();
  #lease: Lease;
  /** Before the request was sent that renewed it last. */
  #renewed: Moment;
  #renewal: Promise<void> | undefined;
  #isHeld = false;

  constructor(run: Run, lease: Lease, taken: Moment) {
    this.#run = run;
    this.#lease = lease;
    this.#renewed = taken;
    void this.#keepRenewing().catch(() => undefined);
  }

  /** Aborted with a `lock-lost` as reason as soon as that is known. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Throws `lock-lost`; or what keeps it from being renewed, where it must be renewed first. */
  async check(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (this.#ageMs() >= freshMs) await this.#renew();
  }

  /** The same by asking the API server, for when something has gone wrong: a lock may be taken by force at any time. */
  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    await this.#renew();
  }

  /** `--hold`: from here on it does not expire, and this process leaves it as it is. */
  async hold(): Promise<void> {
    await this.#stop();
    const since = this.#run.cluster.now().toISOString();
    await this.#change((leases, lease) =>
      leases.patch(lease, { metadata: { annotations: { [annotations.held]: since } } }),
    );
    this.#isHeld = true;
  }

  /** Never throws: what is not released expires. */
  async release(): Promise<void> {
    await this.#stop();
    if (this.#isHeld || this.#lost.signal.aborted) return;
    try {
      await this.#change((leases, lease) => leases.delete(lease).then(() => lease));
    } catch (error) {
      if (this.#lost.signal.aborted) return;
      this.#run.reporter.warn(
        `lease/${this.#lease.name} could not be removed: ${messageOf(error)}; it blocks for ${lockSeconds} s at most`,
      );
    }
  }

  async #stop(): Promise<void> {
    this.#ended.abort(new Error('the lock is not renewed any more'));
    await this.#renewal?.catch(() => undefined);
  }

  async #keepRenewing(): Promise<void> {
    for (;;) {
      await this.#run.clock.sleep(renewSeconds * 1000, this.#ended.signal);
      await this.#renew().catch((error: unknown) => {
        this.#lost.signal.throwIfAborted();
        this.#run.reporter.detail(`lease/${this.#lease.name} was not renewed: ${messageOf(error)}`);
      });
    }
  }

  #ageMs(): number {
    const now = momentOf(this.#run);
    return Math.max(now.monotonicMs - this.#renewed.monotonicMs, now.wallMs - this.#renewed.wallMs);
  }

  #renew(): Promise<void> {
    this.#renewal ??= this.#renewOnce().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewOnce(): Promise<void> {
    const sent = momentOf(this.#run);
    await this.#change((leases, lease) =>
      leases.patch(lease, { spec: { renewTime: microTime(this.#run.cluster.now()) } }),
    );
    this.#renewed = sent;
  }

  /** Makes a change on the version that is known; somebody who only touched the lease does not take it away. */
  async #change(apply: (leases: Leases, lease: Lease) => Promise<Lease>): Promise<void> {
    const { leases } = this.#run.cluster;
    for (let attempt = 1; ; attempt++) {
      try {
        this.#lease = await apply(leases, this.#lease);
        return;
      } catch (error) {
        if (!isStatus(error, 404, 409) || attempt === 5) throw error;
        const now = await leases.read(this.#lease);
        if (now === undefined || !isSameHolding(now, this.#lease)) throw this.#lose(now);
        this.#lease = now;
      }
    }
  }

  #lose(now: Lease | undefined): RunbookError {
    const claim = this.#lease.annotations[annotations.claim] ?? this.#lease.name;
    const { command } = this.#run;
    const other = now && holderOf(now);
    const error = new RunbookError(
      'lock-lost',
      other === undefined
        ? `the lock of ${claim} is gone: another run took it over and has ended, or somebody removed it`
        : `the lock of ${claim} was taken over: ${holderText(other)}`,
      { next: [command('cleanup', '--dry-run', '-n', this.#lease.namespace)] },
    );
    this.#ended.abort(error);
    this.#lost.abort(error);
    return error;
  }
}
