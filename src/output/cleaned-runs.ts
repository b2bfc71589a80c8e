/** The answer of `cleanup`. */
import type { ClusterObject } from '../domain/cluster-object.ts';
import { backPatch, fieldsOf, isStopped, replicasIn } from '../domain/field-values.ts';
import { leverOf } from '../domain/levers.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { workloadName } from '../domain/workload.ts';
import type { CleanedRun } from '../runbook/clean-up-runs.ts';

export function cleanupText(runs: readonly CleanedRun[], dryRun: boolean): string {
  return runs
    .flatMap((one) => linesOf(one, dryRun))
    .map((line) => `${line}\n`)
    .join('');
}

function linesOf(one: CleanedRun, dryRun: boolean): string[] {
  const where = `run/${one.run} (${one.state}, namespace ${one.namespace})`;
  const would = dryRun ? ' (dry run)' : '';
  const kept = one.next.map((command) => `${where} next: ${command}`);
  if (one.skipped !== undefined) return [`${where} left alone: ${one.skipped}`, ...kept];
  return [...one.actions.map((action) => `${action}${would}`), ...kept];
}

/** The pods and workloads that were changed, as TYPE/name. */
export function cleanupNames(runs: readonly CleanedRun[]): string {
  return runs.flatMap(({ actions }) => actions.map((action) => `${action.split(' ')[0]}\n`)).join('');
}

export function cleanupJson(runs: readonly CleanedRun[], dryRun: boolean) {
  return {
    apiVersion: 'nkvm.dev/v1',
    kind: 'CleanupResult',
    dryRun,
    runs: runs.map((one) => ({
      run: one.run,
      namespace: one.namespace,
      state: one.state,
      liveForSeconds: one.liveForSeconds,
      since: one.since,
      pods: one.pods.map(({ name }) => name),
      workloads: one.stopped.filter(hasReplicas).map((object) => ({
        name: workloadName(object),
        replicas: replicasIn(fieldsOf(object)),
        recordedReplicas: replicasIn(quiesceRecord(object)?.earlier ?? []),
      })),
      stopped: one.stopped
        .filter((object) => !hasReplicas(object))
        .map((object) => ({
          name: workloadName(object),
          namespace: object.namespace,
          isStopped: isStopped(object),
          recorded: backPatch(quiesceRecord(object)?.earlier ?? []),
        })),
      actions: one.actions,
      failed: one.failed,
      ...(one.skipped !== undefined && { skipped: one.skipped }),
      next: one.next,
    })),
  };
}

function hasReplicas(object: ClusterObject): boolean {
  return leverOf(object).words === 'replicas';
}
