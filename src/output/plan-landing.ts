/** What of an archive lands and what that does to the volume, as the plan says it. */
import { displayPath } from '../domain/archive-path.ts';
import { incompleteWords } from '../domain/incomplete.ts';
import { type Merge, mergeCounts, mergeFileLines, mergeText } from '../domain/merge.ts';
import type { PlannedSafety } from '../domain/safety.ts';
import { selectionFlags, unmatchedWarnings } from '../domain/selection.ts';
import { counted, formatBytes, formatCount } from '../domain/size.ts';
import type { RecordedIncomplete, RecordedSelection } from '../record/recorded-landing.ts';
import type { ValidatedArchive } from '../runbook/step1-validate-archive.ts';
import type { SeenMerge } from '../runbook/volume/look-beforehand.ts';
import { safetyText } from './plan-safety.ts';

export interface LandingParts {
  readonly archive: ValidatedArchive;
  readonly merge?: SeenMerge;
  readonly safety?: PlannedSafety;
  readonly request: { readonly wipe: boolean };
}

/** Below the archive's own lines. */
export function whatLands(parts: LandingParts): readonly string[] {
  const { archive } = parts;
  return [...selectionLines(archive), ...incompleteLines(archive), ...mergeLines(parts)];
}

function selectionLines({ landing, landed, inspection }: ValidatedArchive): readonly string[] {
  if (landing.selection.isWhole) return [];
  const of = `${formatCount(landed.members)} of ${counted(inspection.members, 'member')}`;
  const unsafe =
    landed.leftOutUnsafe === 0 ? '' : `, ${formatCount(landed.leftOutUnsafe)} of them unsafe to extract`;
  return [
    `Selection ${selectionFlags(landing.selection).join(' ')}`,
    `          ${of}, ${formatBytes(landed.contentBytes)} of content; ${formatCount(landed.leftOutMembers)} left out${unsafe}`,
    ...unmatchedWarnings(landed.unmatchedPatterns).map((warning) => `WARNING   ${warning}`),
  ];
}

function incompleteLines({ incomplete }: ValidatedArchive): readonly string[] {
  if (incomplete === undefined) return [];
  const { result, reason } = incomplete;
  return [
    `WARNING   the archive is ${result}: ${reason}`,
    `          ${incompleteWords(incomplete, 'can be read and will be restored')}; exit status 11`,
  ];
}

function mergeLines({ merge: seen, safety: planned, request: { wipe } }: LandingParts): readonly string[] {
  const what = wipe ? 'Wipe      ' : 'Merge     ';
  const safety = safetyText(planned);
  if (seen === undefined)
    return [`${what}counted before the first byte: no running pod can look at the volume; safety: ${safety}`];
  return [
    `${what}${mergeText(seen.merge)}; safety: ${safety}`,
    `          as pod/${seen.pod} sees the volume now`,
    ...mergeFileLines(seen.merge).map((line) => `          ${line}`),
  ];
}

/** As the plan and the record have it; undefined when all of the archive lands. */
export function selectionJson({ landing, landed }: ValidatedArchive): RecordedSelection | undefined {
  const { isWhole, patterns } = landing.selection;
  if (isWhole) return undefined;
  const { members, contentBytes, leftOutMembers, leftOutUnsafe, unmatchedPatterns } = landed;
  return { ...patterns, members, contentBytes, leftOutMembers, leftOutUnsafe, unmatchedPatterns };
}

/** The plan's `merge`, `selection` and `incomplete`, where there are any. */
export function landingJson({ archive, merge }: Pick<LandingParts, 'archive' | 'merge'>): {
  readonly selection?: RecordedSelection;
  readonly incomplete?: RecordedIncomplete;
  readonly merge?: object;
} {
  const selection = selectionJson(archive);
  const { incomplete } = archive;
  return {
    ...(selection && { selection }),
    ...(incomplete && { incomplete }),
    ...(merge && { merge: mergeJson(merge) }),
  };
}

/** `conflicts`: none, as a plan is of a volume on which nothing is in the way. */
function mergeJson({ merge, pod }: SeenMerge): object {
  return { seenBy: `pod/${pod}`, ...mergeCounts(merge), ...filesJson(merge), conflicts: [] };
}

function filesJson({ files }: Merge): object {
  if (files === undefined) return {};
  const shown = Object.entries(files).map(([kind, paths]) => [kind, paths.map(displayPath)]);
  return { files: Object.fromEntries(shown) };
}
