/**
 * What reading an archive from its first byte to its last found: `complete`, or the first thing wrong.
 * The order is the order of precedence: an archive that was altered is `checksum-mismatch` whatever else it is.
 */
export const verdictResults = [
  'complete',
  'missing',
  'empty',
  'unreadable',
  'checksum-mismatch',
  'not-gzip',
  'corrupt',
  'truncated',
  'unsafe',
] as const;

export type VerdictResult = (typeof verdictResults)[number];

export interface Verdict {
  readonly result: VerdictResult;
  /** One sentence for people: what is wrong and where. Absent when complete. */
  readonly reason?: string;
  /** Number (from 1) and readable name of the member at which it went wrong, where there is one. */
  readonly member?: { readonly number: number; readonly name: string };
  /** Byte offset: in the tar stream where `member` is given, in the archive file otherwise. */
  readonly offset?: number;
  readonly expected?: string;
  readonly found?: string;
}
