/** What the process hands to the commands: everything that is not a function of the command line. */
import type { Readable } from 'node:stream';

export interface OutputStream {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns?: number;
}

export interface ProcessContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** How this program is started once more: a file, and what stands before its arguments. */
  readonly program: readonly string[];
  readonly stdin: Readable & { readonly isTTY: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborted with an `Interrupted` as reason by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** What a second signal, which ends the process at once, says is left behind. */
  readonly lastWords: { describe?: () => string };
  readonly clock: Clock;
  /** The operating system's user, for the record's operator. */
  readonly userName: string;
  /** This machine's name, for those who find its lock. */
  readonly hostName: string;
  /** As kill(2): a negative number is a process group. Nothing happens where there is none. */
  readonly kill: (pid: number, signal: NodeJS.Signals) => void;
  /** Loaded when they are asked for. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly version: string;
  /** better-sqlite3's addon, when we run as one executable. */
  readonly nativeBinding: () => Promise<object | undefined>;
}

export interface Clock {
  now(): Date;
  /** Since some moment; never goes back. It may stand still while the machine sleeps. */
  monotonicMs(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
