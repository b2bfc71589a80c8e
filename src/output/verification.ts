/** The answer of `verify`. */
import { displayPath } from '../domain/archive-path.ts';
import type { ClaimRef } from '../domain/claim.ts';
import type { Difference } from '../domain/difference.ts';
import { counted } from '../domain/size.ts';
import type { Comparison } from '../runbook/volume/compare-volume.ts';
import { oneWord, table } from './table.ts';

export interface Verification extends Comparison {
  readonly backup: string;
  readonly target: ClaimRef;
  /** `--exact`: extra files are differences. */
  readonly exact: boolean;
  /** `--quick`: what is in the files was not read. */
  readonly quick: boolean;
}

export function differs(result: Verification): boolean {
  return countOf(result) > 0;
}

/** With those of `--exact`. */
function countOf({ differenceCount, extraFiles, exact }: Verification): number {
  return differenceCount + (exact ? extraFiles : 0);
}

export function verificationText(result: Verification): string {
  const { target, backup, members, differences, expected, extraFiles, extra } = result;
  const rows = [
    ...differences.map(({ path, kind, expected, found }) => [
      kind,
      expected ?? '-',
      found ?? '-',
      displayPath(path),
    ]),
    ...expected.map(({ path, kind, expected: archived, found }) => [
      `expected-${kind}`,
      archived ?? '-',
      found ?? '-',
      displayPath(path),
    ]),
    ...extra.map(({ path, found }) => [
      result.exact ? 'extra' : 'extra-stays',
      '-',
      found ?? '-',
      displayPath(path),
    ]),
  ];
  const listed =
    rows.length === 0
      ? ''
      : table(
          ['DIFFERENCE', 'ARCHIVE', 'VOLUME', 'PATH'],
          rows.map((row) => row.map(oneWord)),
        );
  const outcome = outcomeWords(result);
  const counts = `${counted(members, 'member')} compared, ${counted(countOf(result), 'difference')}${expectedWords(result)}, ${counted(extraFiles, 'file')} that the archive does not have`;
  return `${listed}persistentvolumeclaim/${target.name} ${outcome} backup/${backup}: ${counts}\n`;
}

function outcomeWords(result: Verification): string {
  if (differs(result)) return result.quick ? 'differs (content was not read) from' : 'differs from';
  return result.quick ? 'is alike, but for content that was not read, to' : 'is identical to';
}

/** By their reasons, as far as they are listed. */
function expectedWords({ expectedCount, expected }: Verification): string {
  if (expectedCount === 0) return '';
  const reasons = new Set(expected.map(({ because }) => because));
  const why = reasons.size === 0 ? '' : ` (${[...reasons].join('; ')})`;
  return `, ${counted(expectedCount, 'expected one')}${why}`;
}

export function verificationJson(result: Verification) {
  const { target, backup, exact, members, contentBytes, differences, extraFiles, extra } = result;
  const { expectedCount, expected } = result;
  return {
    apiVersion: 'nkvm.dev/v1',
    kind: 'Verification',
    backup,
    namespace: target.namespace,
    pvc: target.name,
    outcome: differs(result) ? 'different' : 'identical',
    exact,
    contentCompared: !result.quick,
    members,
    contentBytes,
    differenceCount: countOf(result),
    differences: [...differences, ...(exact ? extra : [])].map(readable),
    expectedCount,
    expected: expected.map(readable),
    extraFiles,
    extra: extra.map(({ path }) => displayPath(path)),
  };
}

/** With its path as text. */
export function readable(difference: Difference): Difference {
  return { ...difference, path: displayPath(difference.path) };
}
