/**
 * What is said of an archive that was restored though it is damaged. A gzip checksum covers all that was deflated and
 * stands behind it, so where it fails, nothing is missing but any member may be wrong.
 */
import { counted } from './size.ts';

export const doubts = ['gzip-checksum', 'filed-checksum', 'damaged-data'] as const;

/** Why nothing proves that the members hold what was backed up. */
export type Doubt = (typeof doubts)[number];

export interface Incomplete {
  /** Members that could be read to their end, and land. */
  readonly membersRestored: number;
  /** No member is missing; absent where the archive ends too early. */
  readonly isWhole?: true;
  /** Absent where what could be read is what was written. */
  readonly doubt?: Doubt;
}

const reasons: Readonly<Record<Doubt, string>> = {
  'gzip-checksum': 'the gzip checksum fails',
  'filed-checksum': 'the checksum is not the filed one',
  'damaged-data': 'the data is damaged',
};

/** `what`: becomes or became of the members. */
export function incompleteWords({ membersRestored, isWhole, doubt }: Incomplete, what: string): string {
  const members = counted(membersRestored, doubt === undefined ? 'whole member' : 'member');
  const rest = isWhole ? 'none is missing' : 'the rest is lost';
  return `${members} ${what}, ${rest}${doubt === undefined ? '' : `; ${doubtWords(doubt)}`}`;
}

function doubtWords(doubt: Doubt): string {
  return `${reasons[doubt]}: any of these members may hold wrong bytes`;
}
