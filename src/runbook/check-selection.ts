/**
 * What `--include` and `--exclude` make of an archive: said where a pattern matches nothing, refused where nothing is
 * left.
 */
import type { LandedContents } from '../archive/landed-members.ts';
import type { Landing } from '../domain/landing.ts';
import { selectionFlags, unmatchedWarnings } from '../domain/selection.ts';
import { counted } from '../domain/size.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Reporter } from './reporter.ts';

export interface CheckedSelection {
  readonly landing: Landing;
  readonly landed: LandedContents;
}

/** Throws `selection-empty` where nothing lands but perhaps the root of the volume. */
export function checkSelection(
  { reporter }: { readonly reporter: Reporter },
  path: string,
  { landing: { selection }, landed }: CheckedSelection,
): void {
  if (selection.isWhole) return;
  for (const warning of unmatchedWarnings(landed.unmatchedPatterns)) reporter.warn(warning);
  if (!landed.isEmpty) return;
  throw new RunbookError(
    'selection-empty',
    `${selectionFlags(selection).join(' ')} leaves none of the ${counted(landed.leftOutMembers, 'member')} of ${path}`,
  );
}
