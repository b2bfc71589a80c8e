/** What a restore is about to do, for the operator to approve; shown as text, and the answer of `--dry-run`. */

import type { ClusterIdentity } from '../cluster/cluster.ts';
import { halfWritten } from '../domain/claim.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { earlierOf, replicasFor } from '../domain/earlier-state.ts';
import { deletesClaims, fieldsOf, isStopped, replicasIn, withReplicas } from '../domain/field-values.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { counted, formatBytes, formatCount } from '../domain/size.ts';
import { planWords } from '../domain/stop-words.ts';
import type { PreparedRestore, RestoreRequest } from '../runbook/restore-request.ts';
import { whatLands } from './plan-landing.ts';
import { ownerLines, podUserWords } from './plan-owners.ts';
import { landingLines } from './plan-safety.ts';
import { printable, printableLines } from './printable.ts';

export interface PlanParts extends PreparedRestore {
  readonly run: string;
  readonly cluster: ClusterIdentity;
  readonly request: RestoreRequest;
}

export function planText(parts: PlanParts): string {
  const { run, cluster, target, request } = parts;
  const { claim } = target;
  const lines = [
    `Run       ${run}`,
    `Context   ${cluster.context} (cluster ${cluster.cluster}, ${cluster.server})`,
    `Target    persistentvolumeclaim/${claim.name} in namespace ${claim.namespace} (UID ${claim.uid}, ${claim.phase})`,
    ...[...identityLines(parts), ...archiveLines(parts), ...whatLands(parts)].map(printable),
    '',
    ...stepLines(parts),
    ...target.notes.map((note) => `note: ${note}`),
    ...target.warnings.map((warning) => `warning: ${warning}`),
  ];
  if (request.hold) lines.push(holdLine(target.stops.length));
  return `${lines.map(printableLines).join('\n')}\n`;
}

function holdLine(stops: number): string {
  if (stops === 0)
    return '--hold: nobody mounts the claim, so there is nothing to hold and nothing to continue';
  return '--hold: stops after 5.2; the workload stays down until `restore --continue`';
}

/** Of a plan that is not shown: its warnings, with the lines below them that go on. */
export function planWarnings(plan: string): string {
  let isWarning = false;
  const kept = plan.split('\n').filter((line) => {
    isWarning = /^warning:? /i.test(line) || (isWarning && line.startsWith(' '));
    return isWarning;
  });
  return kept.map((line) => `${line}\n`).join('');
}

function identityLines({ request, target }: PlanParts): string[] {
  const { backup } = request.archive;
  const { claim } = target;
  const mark = halfWritten(claim);
  const lines: string[] = [];
  if (backup?.pvcUid !== undefined && backup.pvcUid !== claim.uid) {
    lines.push(
      `WARNING   this is not the claim that was backed up: the backup is of UID ${backup.pvcUid} (${backup.namespace}/${backup.pvc})`,
    );
  }
  if (mark !== undefined)
    lines.push(`WARNING   the claim is half-written since ${mark.since} by run ${mark.run}`);
  return lines;
}

function archiveLines({ request, archive }: PlanParts): string[] {
  const { inspection, source, vouched } = archive;
  const { backup } = request.archive;
  const which =
    backup === undefined || backup.catalog === ''
      ? 'named by its path'
      : `backup/${backup.id} of ${backup.createdAt}`;
  const members = `${formatCount(inspection.members)} members, ${formatBytes(inspection.contentBytes)} of content`;
  return [
    `Archive   ${source.path} (${formatBytes(source.sizeBytes)}; ${which})`,
    `          ${inspection.verdict.result}: ${members}; sha256 ${inspection.sha256}${vouched ? ' as filed' : '; nothing vouches for it'}`,
    '          crash-consistent at best: NKVM does not stop the writers while it backs up',
  ];
}

function stepLines({ request, target, shape, losses, safety }: PlanParts): string[] {
  const { lingering, barePods, claim } = target;
  const { replicas } = request;
  const stops = target.stops.map((object) =>
    stopLine(object, replicasFor(object, { stops: target.stops, replicas })),
  );
  const deletes = barePods.map(
    ({ name }) => `  2  delete pod/${name}, which does not come back; its manifest is kept beside the record`,
  );
  const waits = lingering.map(({ name }) => `  2  wait until pod/${name} is gone`);
  const resumption = stops.length === 0 || request.hold ? '' : '; resume, and wait for the rollout';
  const nobody = '  2  nobody mounts the claim: nothing to stop, and nothing to resume in 5.3 and 5.4';
  return [
    'Steps',
    ...(stops.length + deletes.length === 0 ? [nobody] : [...stops, ...deletes]),
    ...waits,
    `  3  create the restore pod (${request.image}) with ${claim.name} at /restore${podUserWords(shape.identity)}`,
    ...landingLines({ safety, wipe: request.wipe }),
    ...ownerLines(request.owners, shape, losses),
    `  5  compare every member with the volume${checks(request)}${resumption}`,
    '  6  delete the restore pod',
  ];
}

function stopLine(object: ClusterObject, replicas: number | undefined): string {
  const record = quiesceRecord(object);
  const found = fieldsOf(object);
  const earlier = earlierOf(object);
  const asFound = replicasIn(found) === 0 && record === undefined ? ', as found' : '';
  const how = isStopped(object) ? 'recorded by' : 'started again since';
  const taken = record === undefined ? '' : `, ${how} unfinished run ${record.run}`;
  const retain = deletesClaims([...found, ...earlier]) ? ', claims retained meanwhile' : '';
  const words = planWords(object, { earlier, resumeTo: withReplicas(earlier, replicas) });
  return `  2  ${words}${asFound}${taken}${retain}`;
}

function checks({ checks, appChecks }: RestoreRequest): string {
  const count = checks.length + appChecks.length;
  return count === 0 ? '; no application check was given' : `; ${counted(count, 'application check')}`;
}
