/**
 * A conversation with a shell in the app's pod over one exec: several questions for the price of one connection. Who is
 * done closes it; the shell in the pod ends with it, and also when the connection is lost. A storage that does not answer
 * keeps the shell in a read that never ends, over a connection that is well: it is given up too.
 */
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { Run } from '../runbook/run.ts';
import { Cut } from '../runbook/transfer/patience.ts';
import { type Answer, AnswerReader } from './answer-reader.ts';
import type { AppPod } from './app.ts';
import { backupProgram, shellScript } from './app-scripts.ts';
import { Silence, silentSeconds } from './silence.ts';

/** One of `shellScript`. */
export interface Order {
  readonly name: 'places' | 'backup' | 'files' | 'look';
  readonly payload?: Buffer;
  readonly number?: number;
}

const nothing = Buffer.alloc(0);

/** The shell ended before it had answered, as when its pod goes. */
export class ShellEnded extends Error {
  override readonly name = 'ShellEnded';
}

export class AppShell {
  readonly #run: Run;
  readonly #pod: AppPod;
  readonly #mostSeconds: number;
  readonly #ended: Promise<Error>;
  readonly #cut = new AbortController();
  readonly #pending: Buffer[] = [];
  #orders = Promise.withResolvers<Buffer | undefined>();
  #answered = Promise.withResolvers<Answer>();
  /** While something is asked. */
  #silence: Silence | undefined;

  /** `mostSeconds`: how long nothing may come while something is asked. */
  constructor(run: Run, pod: AppPod, mostSeconds: number = silentSeconds) {
    this.#run = run;
    this.#pod = pod;
    this.#mostSeconds = mostSeconds;
    const reader = new AnswerReader((answer) => this.#answered.resolve(answer));
    const exec = run.cluster.exec(pod, ['sh', '-c', shellScript, 'nkvm-app', backupProgram], {
      container: pod.container,
      stdin: this.#stdin(),
      onStdout: (chunk) => {
        this.#silence?.broken();
        reader.push(chunk);
      },
      signal: AbortSignal.any([run.signal, this.#cut.signal]),
    });
    this.#ended = exec.then(
      ({ exitCode, stderr }) =>
        new ShellEnded(`the shell in pod/${pod.name} ended with ${exitCode}: ${stderr.trim()}`),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** One at a time. Rejects with what ended the exec, if it ended, or with a CatalogError where no answer comes. */
  async ask({ name, payload = nothing, number = 0 }: Order): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    this.#answered = answered;
    this.#send(Buffer.concat([Buffer.from(`${name} ${payload.length} ${number}\n`), payload]));
    const silence = new Silence(this.#run.clock, this.#mostSeconds);
    this.#silence = silence;
    try {
      const first = await Promise.race([answered.promise, this.#ended, cutBy(silence)]);
      this.#run.signal.throwIfAborted();
      if (first instanceof Cut) throw this.#unanswered();
      if (first instanceof Error) throw first;
      return first;
    } finally {
      silence.end();
    }
  }

  #unanswered(): CatalogError {
    const { namespace, name, container } = this.#pod;
    const where = `container ${container} of pod/${name} in namespace ${namespace}`;
    const what = `${where} has not answered for ${this.#mostSeconds} s: its volume may hang`;
    return new CatalogError('catalog-unreadable', what, { action: nameAnother });
  }

  /** The shell sees the end of its stdin. */
  async close(): Promise<void> {
    this.#cut.abort(new Error('the conversation is over'));
    await this.#ended;
  }

  #send(order: Buffer): void {
    this.#pending.push(order);
    this.#orders.resolve(undefined);
  }

  async *#stdin(): AsyncGenerator<Buffer> {
    for (;;) {
      await this.#orders.promise;
      this.#orders = Promise.withResolvers();
      yield* this.#pending.splice(0);
    }
  }
}

function cutBy({ signal }: Silence): Promise<Cut> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}
