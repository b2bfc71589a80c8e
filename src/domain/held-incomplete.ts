/** What a held workload says of an archive that was restored though it is damaged, for the run that goes on. */
import { type VerdictResult, verdictResults } from './verdict.ts';

export interface HeldIncomplete {
  readonly result: VerdictResult;
  /** One sentence: what is wrong and where. */
  readonly reason: string;
  /** Members that could be read whole, and landed. */
  readonly membersRestored: number;
}

const longestReason = 1000;

export function formatHeldIncomplete({ result, reason, membersRestored }: HeldIncomplete): string {
  return JSON.stringify({ result, reason: reason.slice(0, longestReason), membersRestored });
}

/**
 * Undefined without a text. Of a text that this tool does not write nothing is believed but that the archive was not
 * whole.
 */
export function parseHeldIncomplete(text: string | undefined): HeldIncomplete | undefined {
  if (text === undefined) return undefined;
  const { result, reason, membersRestored } = fieldsOf(text);
  return {
    result: verdictResults.find((one) => one === result && one !== 'complete') ?? 'corrupt',
    reason: typeof reason === 'string' ? reason.slice(0, longestReason) : 'the held run did not say how',
    membersRestored:
      typeof membersRestored === 'number' && Number.isSafeInteger(membersRestored) && membersRestored >= 0
        ? membersRestored
        : 0,
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = text.length > 4 * longestReason ? undefined : JSON.parse(text);
    return { ...(parsed as object) };
  } catch {
    return {};
  }
}
