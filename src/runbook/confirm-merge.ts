/** The second question: on a terminal, where the plan could not say what the merge will do, before the first byte. */
import { type Merge, mergeCounts, mergeFileLines, mergeText } from '../domain/merge.ts';
import { Interrupted } from './failure-matrix.ts';
import type { ExecuteParts } from './restore.ts';

/**
 * What step 4 calls with what it found. Throws `Interrupted` on an answer of no: nothing was written, so the writers get
 * back what they had.
 */
export function confirmMerge({ request, prepared, record }: ExecuteParts): (merge: Merge) => Promise<void> {
  return async (merge) => {
    record.note({ merge: mergeCounts(merge) });
    if (prepared.merge !== undefined || request.askMerge === undefined) return;
    if (await request.askMerge([mergeText(merge), ...mergeFileLines(merge)])) return;
    throw new Interrupted('cancelled', 130);
  };
}
