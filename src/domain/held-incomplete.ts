/** What a held workload says of an archive that was restored though it is damaged, for the run that goes on. */
import { doubts, type Incomplete } from './incomplete.ts';
import { type VerdictResult, verdictResults } from './verdict.ts';

export interface HeldIncomplete extends Incomplete {
  readonly result: VerdictResult;
  /** One sentence: what is wrong and where. */
  readonly reason: string;
}

const longestReason = 1000;

export function formatHeldIncomplete(incomplete: HeldIncomplete): string {
  const { result, reason, membersRestored, isWhole, doubt } = incomplete;
  return JSON.stringify({ result, reason: reason.slice(0, longestReason), membersRestored, isWhole, doubt });
}

/**
 * Undefined without a text. Of a text that this tool does not write nothing is believed but that the archive was not
 * whole.
 */
export function parseHeldIncomplete(text: string | undefined): HeldIncomplete | undefined {
  if (text === undefined) return undefined;
  const { result, reason, membersRestored, isWhole, doubt: said } = fieldsOf(text);
  const doubt = doubts.find((one) => one === said);
  return {
    result: verdictResults.find((one) => one === result && one !== 'complete') ?? 'corrupt',
    reason: typeof reason === 'string' ? reason.slice(0, longestReason) : 'the held run did not say how',
    membersRestored:
      typeof membersRestored === 'number' && Number.isSafeInteger(membersRestored) && membersRestored >= 0
        ? membersRestored
        : 0,
    ...(isWhole === true && { isWhole }),
    ...(doubt !== undefined && { doubt }),
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
