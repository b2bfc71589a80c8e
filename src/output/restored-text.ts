/** The answer of `restore`: what happened to each thing, and in the last line what that is worth. */
import { incompleteWords } from '../domain/incomplete.ts';
import { leverOf } from '../domain/levers.ts';
import { shellWord } from '../domain/shell-words.ts';
import { counted, formatCount } from '../domain/size.ts';
import { workloadName } from '../domain/workload.ts';
import type { RecordedStop, RecordedWorkload, RestoreRecord } from '../record/restore-record.ts';

export function restoredText(record: RestoreRecord, continueCommand: string): string {
  const { claim, backup, archive, workloads, stopped = [], outcome } = record;
  const from = backup === undefined ? archive.path : `backup/${backup.id}`;
  const verb = `restored${partOf(record)}${outcome === 'held' ? ' (workload held)' : ''}`;
  return `${[
    `persistentvolumeclaim/${claim.name} ${verb} from ${from}`,
    ...workloads.map((workload) => workloadLine(workload, outcome)),
    ...stopped.map((one) => stopLine(one, outcome)),
    ...(outcome === 'held' ? [`next: ${continueCommand}`] : []),
    ...incompleteLines(record),
    ...safetyLines(record),
    lastLine(record),
  ].join('\n')}\n`;
}

function partOf({ selection, archive }: RestoreRecord): string {
  if (selection === undefined) return '';
  return ` in part (${formatCount(selection.members)} of ${counted(archive.members ?? 0, 'member')})`;
}

function incompleteLines({ incomplete }: RestoreRecord): readonly string[] {
  if (incomplete === undefined) return [];
  const { result, reason } = incomplete;
  return [
    `incomplete: the archive is ${result}: ${reason}`,
    `incomplete: ${incompleteWords(incomplete, 'restored')}`,
  ];
}

/** How the volume as it was comes back. */
function safetyLines({ safety }: RestoreRecord): readonly string[] {
  if (safety === undefined || safety.kind === 'none') return [];
  const copy = safety.kind === 'snapshot' ? `volumesnapshot/${safety.snapshot}` : safety.archive;
  return [`safety copy of the volume as it was: ${copy}`, `to go back to it: ${safety.restoreWith}`];
}

function workloadLine(workload: RecordedWorkload, outcome: RestoreRecord['outcome']): string {
  const name = workloadName(workload);
  if (workload.gone) return goneLine(name);
  if (outcome === 'held') return `${name} held at 0 (was ${workload.replicasBefore})`;
  if (isLeftAtZero(workload)) return `${name} unchanged`;
  const { replicasAfter } = workload;
  return `${name} resumed to ${replicasAfter === undefined ? 'unknown replicas' : counted(replicasAfter, 'replica')}`;
}

/** Of what has no replicas. */
function stopLine(
  { kind, namespace, name, change, before, after, manifest, gone }: RecordedStop,
  outcome: RestoreRecord['outcome'],
): string {
  const what = workloadName({ kind, name });
  if (kind === 'Pod') {
    const again = manifest && `; to have it again: kubectl -n ${namespace} create -f ${shellWord(manifest)}`;
    return `${what} ${change}, and not brought back${again ?? ''}`;
  }
  if (gone) return goneLine(what);
  if (before === 'stopped') return `${what} unchanged`;
  if (outcome === 'held') return `${what} held ${change}`;
  const { words } = leverOf({ kind });
  return after === 'running' && words !== 'replicas' ? `${what} ${words.back}` : `${what} stays ${change}`;
}

function goneLine(name: string): string {
  return `${name} is gone: somebody deleted it meanwhile`;
}

function lastLine({ applicationChecks, workloads, outcome, incomplete }: RestoreRecord): string {
  const checks =
    applicationChecks === 'none'
      ? 'no application check was given'
      : `${counted(applicationChecks.length, 'application check')} passed`;
  const atZero = outcome === 'held' ? [] : workloads.filter(isLeftAtZero);
  return [
    verifiedWords(incomplete),
    checks,
    ...atZero.map((workload) => `${workloadName(workload)} left at 0 replicas, as found`),
  ].join('; ');
}

function verifiedWords(incomplete: RestoreRecord['incomplete']): string {
  if (incomplete === undefined) return 'data verified';
  if (incomplete.doubt === undefined) return 'what could be read is verified';
  return 'the volume holds what could be read, be it right or wrong';
}

function isLeftAtZero({ replicasBefore, replicasAfter }: RecordedWorkload): boolean {
  return replicasBefore === 0 && replicasAfter === 0;
}
