/**
 * The incident record as a short report for a ticket. The runbook's points come first: what was restored, from which
 * artifact, by whom and when, and how the verification ended. Then what else a reader may ask for.
 */
import { displayPath } from '../domain/archive-path.ts';
import type { Difference } from '../domain/difference.ts';
import { incompleteWords } from '../domain/incomplete.ts';
import { counted, formatBytes, formatCount } from '../domain/size.ts';
import { workloadName } from '../domain/workload.ts';
import type { RecordedArchive, RecordedCheck, RestoreRecord } from '../record/restore-record.ts';
import { markdownCode, markdownSection, markdownTable, markdownText, type Row } from './markdown.ts';
import { runFacts } from './record-facts.ts';

/** Ends with a newline. */
export function recordMarkdown(record: RestoreRecord): string {
  const { claim, outcome } = record;
  const title = markdownText(`Restore of ${claim.namespace}/${claim.name}: ${outcome}`);
  return [
    `# ${title}\n\n`,
    markdownTable(['What', 'Value'], criteria(record)),
    markdownSection('Error', errorTable(record)),
    markdownSection('Steps', stepTable(record)),
    markdownSection('Workloads', workloadTable(record)),
    markdownSection('Also stopped', stoppedTable(record)),
    markdownSection('Application checks', ...checkParts(record.applicationChecks)),
    markdownSection('Differences', differenceTable(record)),
    markdownSection('Expected losses', expectedLossTable(record)),
    markdownSection('Left behind', list(record.leftBehind)),
    markdownSection('Notes', list(record.notes)),
    markdownSection('Run', markdownTable(['What', 'Value'], runFacts(record))),
    markdownSection('Diagnostics', record.diagnostics.map(markdownCode).join('')),
  ].join('');
}

/** The runbook's "Success criteria". */
function criteria(record: RestoreRecord): readonly Row[] {
  const { claim, archive, operator, authenticatedAs, startedAt, finishedAt } = record;
  const user = authenticatedAs === undefined ? '' : `, authenticated as ${authenticatedAs}`;
  return [
    ['Restored PVC', claim.name],
    ['Namespace', claim.namespace],
    ['Artifact', archive.path],
    ['Checksum (SHA-256)', checksum(archive)],
    ['Operator', `${operator}${user}`],
    ['Started', startedAt],
    ['Finished', finishedAt ?? 'not yet'],
    ['Verification', verification(record)],
    ...landedRows(record),
  ];
}

/** Only where not all of a whole archive was restored. */
function landedRows({ selection, incomplete }: RestoreRecord): readonly Row[] {
  const chosen = selection && [
    ...selection.include.map((text) => `include ${text}`),
    ...selection.exclude.map((text) => `exclude ${text}`),
  ];
  const leftOut =
    selection &&
    `${formatCount(selection.members)} restored, ${formatCount(selection.leftOutMembers)} left out`;
  const cut = incomplete && `${incomplete.result}: ${incomplete.reason}`;
  const read = incomplete && incompleteWords(incomplete, 'restored');
  return [
    ...(chosen === undefined ? [] : [['Part of the archive', `${chosen.join(', ')}: ${leftOut}`]]),
    ...(cut === undefined ? [] : [['Incomplete', `${cut}; ${read}`]]),
  ];
}

function checksum({ sha256, vouched }: RecordedArchive): string {
  const vouching = vouched ? 'equals the filed one' : 'no filed checksum vouches for it';
  return `${sha256 ?? 'not known'} (${vouching})`;
}

const dataOutcomes = {
  'not-done': 'not done',
  identical: 'the volume is what the archive holds',
  different: 'the volume differs from the archive',
} as const;
const rollouts = {
  awaited: 'the workload is ready',
  'not-awaited': 'rollout not awaited',
  failed: 'the workload failed',
  'still-starting': 'the workload is still starting',
} as const;

function verification({ verification: found, incomplete }: RestoreRecord): string {
  const { outcome, members, contentBytes, differences, expectedLosses, extraFiles, rollout } = found;
  const compared = [
    members === undefined ? undefined : counted(members, 'member'),
    contentBytes === undefined ? undefined : formatBytes(contentBytes),
    differences === undefined ? undefined : counted(differences, 'difference'),
    expectedLosses === undefined ? undefined : counted(expectedLosses, 'expected loss', 'expected losses'),
    extraFiles === undefined
      ? undefined
      : counted(extraFiles, 'file not of the archive', 'files not of the archive'),
  ].filter((part) => part !== undefined);
  const isPart = outcome === 'identical' && incomplete !== undefined;
  const words = isPart ? 'the volume is what could be read of the archive' : dataOutcomes[outcome];
  const data = `${words}${compared.length === 0 ? '' : ` (${compared.join(', ')})`}`;
  return rollout === undefined ? data : `${data}; ${rollouts[rollout]}`;
}

function errorTable({ error }: RestoreRecord): string {
  if (error === undefined) return '';
  const { code, step, message, action } = error;
  return markdownTable(
    ['What', 'Value'],
    [
      ['Step', step],
      ['Code', code],
      ['Message', message],
      ['What to do', action],
    ],
  );
}

function stepTable({ steps }: RestoreRecord): string {
  const rows = steps.map(({ step, startedAt, finishedAt, outcome }) => [
    step,
    startedAt,
    finishedAt,
    outcome,
  ]);
  return markdownTable(['Step', 'Started', 'Finished', 'Outcome'], rows);
}

function workloadTable({ workloads }: RestoreRecord): string {
  const rows = workloads.map((workload) => {
    const { replicasBefore, replicasAfter, gone, takenOverFrom } = workload;
    return [workloadName(workload), replicasBefore, gone ? 'gone' : replicasAfter, takenOverFrom];
  });
  return markdownTable(['Workload', 'Replicas before', 'Replicas after', 'Taken over from'], rows);
}

function stoppedTable({ stopped = [] }: RestoreRecord): string {
  const rows = stopped.map(({ kind, namespace, name, change, before, after, gone, takenOverFrom }) => {
    const what = `${workloadName({ kind, name })} in namespace ${namespace}`;
    return [what, change, before, gone ? 'gone' : after, takenOverFrom];
  });
  return markdownTable(['What', 'Change', 'Before', 'After', 'Taken over from'], rows);
}

function checkParts(checks: 'none' | readonly RecordedCheck[]): readonly string[] {
  if (checks === 'none') return ['None was given.\n'];
  const rows = checks.map(({ where, command, exitCode }) => [where, command, exitCode]);
  const outputs = checks.map(({ output }) => output).filter((output) => output.trim() !== '');
  return [markdownTable(['Where', 'Command', 'Exit code'], rows), ...outputs.map(markdownCode)];
}

function differenceTable({ verification: found }: RestoreRecord): string {
  const rows = (found.firstDifferences ?? []).map(differenceRow);
  return markdownTable(['Path', 'Kind', 'Expected', 'Found'], rows);
}

function expectedLossTable({ verification: found }: RestoreRecord): string {
  const rows = (found.firstExpectedLosses ?? []).map((loss) => [...differenceRow(loss), loss.because]);
  return markdownTable(['Path', 'Kind', 'Archive', 'Volume', 'Why'], rows);
}

function differenceRow({ path, kind, expected, found }: Difference): Row {
  return [displayPath(path), kind, expected, found];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${markdownText(item)}\n`).join('');
}
