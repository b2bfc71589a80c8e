/** The answer of `cleanup`. */
import type { ClusterObject } from '../domain/cluster-object.ts';
import { backPatch, fieldsOf, isStopped, replicasIn } from '../domain/field-values.ts';
import { leverOf } from '../domain/levers.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { workloadName } from '../domain/workload.ts';
import type { Cleaned, CleanedRun } from '../runbook/cleanup/clean-up-runs.ts';
import type { ForeignLeftover } from '../runbook/cleanup/find-leftovers.ts';

export function cleanupText({ runs, foreign }: Cleaned, dryRun: boolean): string {
  return [...runs.flatMap((one) => linesOf(one, dryRun)), ...foreign.flatMap(foreignLines)]
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

function foreignLines({ namespace, name, why, next }: ForeignLeftover): string[] {
  const what = `${name} (foreign, namespace ${namespace})`;
  return [`${what} left alone: ${why}`, ...next.map((command) => `${what} next: ${command}`)];
}

/** What was changed or deleted, as TYPE/name. */
export function cleanupNames({ runs }: Cleaned): string {
  return runs.flatMap(({ actions }) => actions.map((action) => `${action.split(' ')[0]}\n`)).join('');
}

/** A foreign leftover is an item of `runs` too, of no run. */
export function cleanupJson({ runs, foreign }: Cleaned, dryRun: boolean) {
  return {
    apiVersion: 'nkvm.dev/v1',
    kind: 'CleanupResult',
    dryRun,
    runs: [...runs.map(runJson), ...foreign.map(foreignJson)],
  };
}

function runJson(one: CleanedRun) {
  const { run, namespace, state, operator, host, since, lastSeen } = one;
  return {
    ...{ run, namespace, state, operator, host, since, lastSeen },
    pods: one.pods.map(({ name }) => name),
    locks: one.locks.map(({ name }) => name),
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
  };
}

function foreignJson({ namespace, name, why, next }: ForeignLeftover) {
  return { state: 'foreign', namespace, name, skipped: why, next };
}

function hasReplicas(object: ClusterObject): boolean {
  return leverOf(object).words === 'replicas';
}
