/** The answer of `cleanup`. */
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
      workloads: one.workloads.map((workload) => ({
        name: workloadName(workload),
        replicas: workload.replicas,
        recordedReplicas: quiesceRecord(workload)?.replicas,
      })),
      actions: one.actions,
      failed: one.failed,
      ...(one.skipped !== undefined && { skipped: one.skipped }),
      next: one.next,
    })),
  };
}
