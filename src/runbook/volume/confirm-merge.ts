/** The second question: on a terminal, where the plan could not say what the merge will do, before the first byte. */
import { type Merge, mergeFileLines, mergeText } from '../../domain/merge.ts';
import { Interrupted } from '../failure-matrix.ts';

export interface MergeQuestion {
  readonly askMerge?: (merge: readonly string[]) => Promise<boolean>;
}

/** Throws `Interrupted` on an answer of no: nothing was written, so the writers get back what they had. */
export async function confirmMerge({ askMerge }: MergeQuestion, merge: Merge): Promise<void> {
  if (askMerge === undefined || (await askMerge([mergeText(merge), ...mergeFileLines(merge)]))) return;
  throw new Interrupted('cancelled', 130);
}
