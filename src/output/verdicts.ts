/** The answer of `validate`: for people a table and what is wrong, for scripts the backup with its verdict. */
import type { ArchiveInspection } from '../archive/inspect-archive.ts';
import { formatBytes, formatCount } from '../domain/size.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { JudgedBackup } from '../runbook/judge-backup.ts';
import { type BackupJson, backupJson } from './backups.ts';
import { printable } from './printable.ts';
import { oneWord, table } from './table.ts';

/** A row for each, then for each that is not complete what is wrong and where. Ends with a newline. */
export function verdictTable(items: readonly JudgedBackup[]): string {
  const rows = items.map(({ backup, verdict, inspection }) => [
    oneWord(backup.id),
    oneWord(backup.pvc),
    verdict.result,
    inspection === undefined ? '-' : formatCount(inspection.members),
    inspection === undefined ? '-' : formatBytes(inspection.sizeBytes),
    inspection === undefined ? '-' : formatBytes(inspection.contentBytes),
  ]);
  const faults = items.filter(({ verdict }) => verdict.result !== 'complete').map(faultText);
  return [table(['NAME', 'PVC', 'VERDICT', 'MEMBERS', 'SIZE', 'CONTENT'], rows), ...faults].join('\n');
}

function faultText({ backup, verdict }: JudgedBackup): string {
  const { result, reason, member, offset, expected, found } = verdict;
  const title = `backup/${printable(backup.id)} is ${result}${reason === undefined ? '' : `: ${printable(reason)}`}`;
  const place = member === undefined ? 'of the file' : 'of the tar stream';
  return [
    `${title}\n`,
    fact('member', member && `${formatCount(member.number)}, ${member.name}`),
    fact('offset', offset === undefined ? undefined : `${offset} ${place}`),
    fact('expected', expected),
    fact('found', found),
  ].join('');
}

/** What one archive holds, a fact a line, and the names that were asked for. */
export function inspectionText(inspection: ArchiveInspection): string {
  const { sizeBytes, sha256, members, contentBytes, types, owners, largest, files } = inspection;
  const counted = Object.entries(types).filter(([, count]) => count > 0);
  const facts = [
    fact('archive', bytesText(sizeBytes)),
    fact('sha256', sha256),
    fact('members', formatCount(members)),
    fact('content', bytesText(contentBytes)),
    fact('types', counted.map(([type, count]) => `${formatCount(count)} ${type}`).join(', ')),
    fact(
      'owners',
      owners.map((owner) => `${owner.uid}:${owner.gid} (${formatCount(owner.members)})`).join(', '),
    ),
    fact('largest', largest && `${largest.path} (${formatBytes(largest.sizeBytes)})`),
    fact('setuid', nonZero(inspection.setuid)),
    fact('setgid', nonZero(inspection.setgid)),
    fact('links out', nonZero(inspection.linksPointingOutside)),
    fact('sparse', nonZero(inspection.sparseMembers)),
    fact('lost+found', inspection.lostAndFound ? 'yes' : undefined),
  ];
  const names = files.map((name) => `    ${printable(name)}\n`);
  return [...facts, names.length === 0 ? '' : `  first ${names.length} members:\n`, ...names].join('');
}

export interface ValidatedJson extends BackupJson {
  readonly verdict: Verdict;
  readonly members?: number;
  /** Bytes of content in all files. */
  readonly bytes?: number;
}

/** The backup's JSON with its verdict; `members` and `bytes` are those that could be read. */
export function validatedJson({ backup, verdict, inspection }: JudgedBackup): ValidatedJson {
  const { result, member, offset, expected, found, reason } = verdict;
  return {
    ...backupJson(backup),
    verdict: {
      result,
      ...(member && { member }),
      ...(offset !== undefined && { offset }),
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
      ...(reason !== undefined && { reason }),
    },
    ...(inspection && { members: inspection.members, bytes: inspection.contentBytes }),
  };
}

function fact(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `  ${name.padEnd(10)}  ${printable(value)}\n`;
}

function bytesText(bytes: number): string {
  return bytes < 1024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} bytes)`;
}

function nonZero(count: number): string | undefined {
  return count === 0 ? undefined : formatCount(count);
}
