/**
 * A conversation with a shell in the app's pod over one exec: several questions for the price of one connection. Who is
 * done closes it; the shell in the pod ends with it, and also when the connection is lost.
 */
import type { Run } from '../runbook/run.ts';
import { type Answer, AnswerReader } from './answer-reader.ts';
import type { AppPod } from './app.ts';
import { backupProgram, shellScript } from './app-scripts.ts';

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
  readonly #ended: Promise<Error>;
  readonly #cut = new AbortController();
  readonly #pending: Buffer[] = [];
  #orders = Promise.withResolvers<Buffer | undefined>();
  #answered = Promise.withResolvers<Answer>();

  constructor(run: Run, pod: AppPod) {
    this.#run = run;
    const reader = new AnswerReader((answer) => this.#answered.resolve(answer));
    const exec = run.cluster.exec(pod, ['sh', '-c', shellScript, 'nkvm-app', backupProgram], {
      container: pod.container,
      stdin: this.#stdin(),
      onStdout: (chunk) => reader.push(chunk),
      signal: AbortSignal.any([run.signal, this.#cut.signal]),
    });
    this.#ended = exec.then(
      ({ exitCode, stderr }) =>
        new ShellEnded(`the shell in pod/${pod.name} ended with ${exitCode}: ${stderr.trim()}`),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** One at a time. Rejects with what ended the exec, if it ended. */
  async ask({ name, payload = nothing, number = 0 }: Order): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    this.#answered = answered;
    this.#send(Buffer.concat([Buffer.from(`${name} ${payload.length} ${number}\n`), payload]));
    const first = await Promise.race([answered.promise, this.#ended]);
    this.#run.signal.throwIfAborted();
    if (first instanceof Error) throw first;
    return first;
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
