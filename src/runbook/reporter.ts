/**
 * What a run says while it goes on. All of it goes to stderr: stdout is only the answer. The implementation decides
 * between a bar on a terminal, plain lines, and JSON lines; lines from the cluster or an archive are made printable.
 */
export interface Reporter {
  /** A runbook heading: `Step 2: Quiesce target workload`. */
  heading(text: string): void;
  /** A fact that the operator wants to see. */
  info(text: string): void;
  /** Something that needs their attention but stops nothing. */
  warn(text: string): void;
  /** Shown with `--verbose` only. */
  detail(text: string): void;
  /** Bytes, pods or members done; `total` undefined while unknown. Called often; throttled by the implementation. */
  progress(progress: Progress): void;
}

export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: 'bytes' | 'members' | 'pods';
  /** How often a lost connection was tried again meanwhile; absent where it never was. */
  readonly retries?: number;
}
