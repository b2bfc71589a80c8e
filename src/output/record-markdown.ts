/**
 * The incident record as a short report for a ticket. The runbook's points come first: what was restored, from which
 * artifact, by whom and when, and how the verification ended. Then what else a reader may ask for.
 */
import { displayPath } from '../domain/archive-path.ts';
import { formatBytes, formatCount } from '../domain/size.ts';
import { workloadName } from '../domain/workload.ts';
import type {
  RecordedArchive,
  RecordedCheck,
  RecordedTransfer,
  RestoreRecord,
} from '../record/restore-record.ts';
import { markdownCode, markdownSection, markdownTable, markdownText } from './markdown.ts';

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
    markdownSection('Application checks', ...checkParts(record.applicationChecks)),
    markdownSection('Differences', differenceTable(record)),
    markdownSection('Left behind', list(record.leftBehind)),
    markdownSection('Notes', list(record.notes)),
    markdownSection('Run', markdownTable(['What', 'Value'], runFacts(record))),
    markdownSection('Diagnostics', record.diagnostics.map(markdownCode).join('')),
  ].join('');
}

type Row = readonly (string | number | undefined)[];

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

function verification({ verification: found }: RestoreRecord): string {
  const { outcome, members, contentBytes, differences, extraFiles, rollout } = found;
  const compared = [
    members === undefined ? undefined : counted(members, 'member'),
    contentBytes === undefined ? undefined : formatBytes(contentBytes),
    differences === undefined ? undefined : counted(differences, 'difference'),
    extraFiles === undefined
      ? undefined
      : counted(extraFiles, 'file not of the archive', 'files not of the archive'),
  ].filter((part) => part !== undefined);
  const data = `${dataOutcomes[outcome]}${compared.length === 0 ? '' : ` (${compared.join(', ')})`}`;
  return rollout === undefined ? data : `${data}; ${rollouts[rollout]}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
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
    const { replicasBefore, replicasAfter, takenOverFrom } = workload;
    return [workloadName(workload), replicasBefore, replicasAfter, takenOverFrom];
  });
  return markdownTable(['Workload', 'Replicas before', 'Replicas after', 'Taken over from'], rows);
}

function checkParts(checks: 'none' | readonly RecordedCheck[]): readonly string[] {
  if (checks === 'none') return ['None was given.\n'];
  const rows = checks.map(({ where, command, exitCode }) => [where, command, exitCode]);
  const outputs = checks.map(({ output }) => output).filter((output) => output.trim() !== '');
  return [markdownTable(['Where', 'Command', 'Exit code'], rows), ...outputs.map(markdownCode)];
}

function differenceTable({ verification: found }: RestoreRecord): string {
  const rows = (found.firstDifferences ?? []).map(({ path, kind, expected, found: actual }) => [
    displayPath(path),
    kind,
    expected,
    actual,
  ]);
  return markdownTable(['Path', 'Kind', 'Expected', 'Found'], rows);
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${markdownText(item)}\n`).join('');
}

function runFacts(record: RestoreRecord): readonly Row[] {
  const { run, tool, cluster, claim, backup, archive, transfer, reason } = record;
  const earlier =
    claim.sameClaim === false ? `another claim than the one backed up (${claim.backedUpUid})` : undefined;
  const facts: readonly Row[] = [
    ['Run', run],
    ['Reason', reason],
    ['Tool', `${tool.name} ${tool.version}`],
    ['Context', cluster.context],
    ['Cluster', `${cluster.name} (${cluster.server})`],
    ['Claim UID', claim.uid],
    ['Claim', earlier],
    ['Backup', backup && `${backup.id}: ${backup.namespace}/${backup.pvc} of ${backup.createdAt}`],
    ['Catalogue', backup?.catalog],
    ['Archive size', archive.sizeBytes === undefined ? undefined : formatBytes(archive.sizeBytes)],
    ['Sent', transfer && sent(transfer)],
  ];
  return facts.filter(([, value]) => value !== undefined);
}

function sent({ wire, bytes, reconnects }: RecordedTransfer): string {
  const lost = reconnects === 0 ? '' : `; ${counted(reconnects, 'lost connection')} made again`;
  return `${formatBytes(bytes)} as ${wire === 'gzip' ? 'it is' : 'plain tar'}${lost}`;
}
