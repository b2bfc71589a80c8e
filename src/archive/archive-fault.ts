import type { Verdict } from '../domain/verdict.ts';

/** Reading cannot go on: carries the verdict that says why and where. Never leaves this folder. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  readonly verdict: Verdict;

  constructor(verdict: Verdict, options?: ErrorOptions) {
    super(verdict.reason ?? verdict.result, options);
    this.verdict = verdict;
  }
}
