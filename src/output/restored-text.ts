/** The answer of `restore`: what happened to each thing, and in the last line what that is worth. */
import { counted } from '../domain/size.ts';
import { workloadName } from '../domain/workload.ts';
import type { RecordedWorkload, RestoreRecord } from '../record/restore-record.ts';

export function restoredText(record: RestoreRecord, continueCommand: string): string {
  const { claim, backup, archive, workloads, outcome } = record;
  const from = backup === undefined ? archive.path : `backup/${backup.id}`;
  const verb = outcome === 'held' ? 'restored (workload held)' : 'restored';
  return `${[
    `persistentvolumeclaim/${claim.name} ${verb} from ${from}`,
    ...workloads.map((workload) => workloadLine(workload, outcome)),
    ...(outcome === 'held' ? [`next: ${continueCommand}`] : []),
    lastLine(record),
  ].join('\n')}\n`;
}

function workloadLine(workload: RecordedWorkload, outcome: RestoreRecord['outcome']): string {
  const name = workloadName(workload);
  if (outcome === 'held') return `${name} held at 0 (was ${workload.replicasBefore})`;
  if (isLeftAtZero(workload)) return `${name} unchanged`;
  const { replicasAfter } = workload;
  return `${name} resumed to ${replicasAfter === undefined ? 'unknown replicas' : counted(replicasAfter, 'replica')}`;
}

function lastLine({ applicationChecks, workloads, outcome }: RestoreRecord): string {
  const checks =
    applicationChecks === 'none'
      ? 'no application check was given'
      : `${counted(applicationChecks.length, 'application check')} passed`;
  const atZero = outcome === 'held' ? [] : workloads.filter(isLeftAtZero);
  return [
    'data verified',
    checks,
    ...atZero.map((workload) => `${workloadName(workload)} left at 0 replicas, as found`),
  ].join('; ');
}

function isLeftAtZero({ replicasBefore, replicasAfter }: RecordedWorkload): boolean {
  return replicasBefore === 0 && replicasAfter === 0;
}
