/**
 * `cleanup`: what earlier runs left. Restore pods of dead runs go; recorded replicas are given back only with
 * `--resume`, and a record is never removed without restoring it. Live and held runs are listed and not touched,
 * unless named (held) or forced (live).
 */

import { basename } from 'node:path';
import { halfWritten } from '../domain/claim.ts';
import type { ClusterObject } from '../domain/cluster-object.ts';
import { labels, nkvmName } from '../domain/names.ts';
import { heartbeatOf, type Pod } from '../domain/pod.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { liveForSeconds, parseRunId, type RunId } from '../domain/run.ts';
import { backWords, leftWords, plannedWords, staysWords } from '../domain/stop-words.ts';
import { giveBack } from './give-back.ts';
import type { Run } from './run.ts';
import { removeHalfCopy, safetyLeftovers, warnOfOtherCopies } from './safety-leftovers.ts';
import { cleanUp } from './step6-clean-up.ts';
import { recordedStop } from './stop-objects.ts';
import { stoppedObjects } from './stopped-objects.ts';

export interface LeftoverRun {
  readonly run: RunId;
  readonly namespace: string;
  readonly state: 'dead' | 'live' | 'held';
  /** Seconds for which it still counts as live. */
  readonly liveForSeconds: number;
  /** When it was last seen, or began. */
  readonly since: string;
  readonly pods: readonly Pod[];
  /** What it stopped, in the order of step 2. */
  readonly stopped: readonly ClusterObject[];
}

export interface CleanupRequest {
  /** Undefined for all namespaces. */
  readonly namespace?: string;
  readonly runs: readonly RunId[];
  readonly olderThanSeconds: number;
  readonly resume: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Where this machine's records and safety copies are. */
  readonly stateFolder: string;
}

export interface CleanedRun extends LeftoverRun {
  readonly actions: readonly string[];
  /** Why it was not touched. */
  readonly skipped?: string;
  /** What to type for what is left. */
  readonly next: readonly string[];
  readonly failed: readonly string[];
}

export async function cleanUpRuns(run: Run, request: CleanupRequest): Promise<readonly CleanedRun[]> {
  const found = await findRuns(run, request.namespace);
  const wanted = found.filter((one) => request.runs.length === 0 || request.runs.includes(one.run));
  for (const id of request.runs.filter((named) => !found.some((one) => one.run === named))) {
    run.reporter.warn(`run ${id} has left nothing in ${placeOf(request)}`);
  }
  await warnOfOtherCopies(run, found, request.stateFolder);
  const cleaned: CleanedRun[] = [];
  for (const one of wanted) {
    const skipped = reasonToSkip(run, one, request);
    cleaned.push(
      skipped === undefined
        ? await cleanRun(run, one, request)
        : { ...one, actions: [], failed: [], ...skipped },
    );
  }
  return cleaned;
}

function placeOf({ namespace }: CleanupRequest): string {
  return namespace === undefined ? 'any namespace' : `namespace ${namespace}`;
}

async function findRuns(run: Run, namespace: string | undefined): Promise<readonly LeftoverRun[]> {
  const selector = `${labels.name}=${nkvmName},${labels.run}`;
  const [pods, stopped] = await Promise.all([
    namespace === undefined ? run.cluster.pods.listAll(selector) : run.cluster.pods.list(namespace, selector),
    stoppedObjects(run, namespace),
  ]);
  const names = new Map<string, { run: RunId; namespace: string }>();
  const add = (id: RunId | undefined, where: string): void => {
    if (id !== undefined) names.set(`${where}/${id}`, { run: id, namespace: where });
  };
  for (const pod of pods) add(parseRunId(pod.labels[labels.run]), pod.namespace);
  for (const one of stopped) {
    const record = quiesceRecord(one);
    add(record?.run, record?.claim.namespace ?? '');
  }
  return [...names.values()].map((one) => {
    const isOf = (id: string | undefined, where: string): boolean =>
      id === one.run && where === one.namespace;
    return leftover(run, one, {
      pods: pods.filter((pod) => isOf(pod.labels[labels.run], pod.namespace)),
      stopped: stopped.filter((object) => {
        const record = quiesceRecord(object);
        return isOf(record?.run, record?.claim.namespace ?? '');
      }),
    });
  });
}

function leftover(
  { cluster }: Run,
  { run, namespace }: { run: RunId; namespace: string },
  { pods, stopped }: Pick<LeftoverRun, 'pods' | 'stopped'>,
): LeftoverRun {
  const seconds = Math.max(0, ...pods.map((pod) => liveForSeconds(heartbeatOf(pod), cluster.now())));
  const isHeld = stopped.some((object) => quiesceRecord(object)?.heldSpec !== undefined);
  const began = `${run.slice(0, 4)}-${run.slice(4, 6)}-${run.slice(6, 8)}T${run.slice(8, 10)}:${run.slice(10, 12)}:${run.slice(12, 14)}Z`;
  const since = pods.map(heartbeatOf).find((seen) => seen !== undefined) ?? began;
  const state = seconds > 0 ? 'live' : isHeld ? 'held' : 'dead';
  return { run, namespace, state, liveForSeconds: seconds, since, pods, stopped };
}

function reasonToSkip(
  run: Run,
  one: LeftoverRun,
  request: CleanupRequest,
): { skipped: string; next: string[] } | undefined {
  const named = request.runs.includes(one.run);
  if (one.state === 'live' && !request.force) {
    const skipped = `it is live, and counts as live for ${one.liveForSeconds} s more unless it is seen again`;
    return { skipped, next: [run.command('cleanup', one.run, '--force', '-n', one.namespace)] };
  }
  if (one.state === 'held' && !named) {
    return {
      skipped: 'it is held',
      next: [run.command('restore', '--continue', one.run, '-n', one.namespace)],
    };
  }
  const ageSeconds = (run.cluster.now().getTime() - Date.parse(one.since)) / 1000;
  if (ageSeconds < request.olderThanSeconds)
    return { skipped: `it is only ${Math.round(ageSeconds)} s old`, next: [] };
  return undefined;
}

async function cleanRun(
  run: Run,
  one: LeftoverRun,
  { resume, dryRun, stateFolder }: CleanupRequest,
): Promise<CleanedRun> {
  const actions: string[] = [];
  const failed: string[] = [];
  /** A change may say what it came to instead. */
  const attempt = async (action: string, change: () => Promise<string | undefined>): Promise<void> => {
    try {
      actions.push((dryRun ? undefined : await change()) ?? action);
    } catch (error) {
      run.signal.throwIfAborted();
      run.reporter.warn(String(error));
      failed.push(action);
    }
  };
  for (const pod of one.pods) {
    await attempt(`pod/${pod.name} deleted`, async () => {
      await cleanUp(run, pod);
      return undefined;
    });
  }
  const owner = { ...run, id: one.run };
  if (resume) await warnHalfWritten(run, one);
  for (const object of resume && failed.length === 0 ? one.stopped.toReversed() : []) {
    const stop = recordedStop(object);
    await attempt(plannedWords(object, stop.earlier), async () => {
      const { now, isLeft } = await giveBack(owner, stop, 'all');
      return isLeft ? leftWords(now, stop.earlier) : backWords(now, stop.earlier);
    });
  }
  const copy = await safetyLeftovers(run, one, stateFolder);
  for (const file of copy.files) await attempt(`file/${basename(file)} deleted`, () => removeHalfCopy(file));
  const left = resume ? [] : one.stopped;
  const resumeLeft =
    left.length === 0 ? [] : [run.command('cleanup', one.run, '--resume', '-n', one.namespace)];
  for (const object of left) run.reporter.info(staysWords(object, recordedStop(object).earlier));
  const next = [...resumeLeft, ...copy.next];
  return { ...one, actions, failed, next };
}

/** The contract gives the recorded state back whatever the claim holds: it is said loudly, and what would mend it. */
async function warnHalfWritten(
  { cluster, reporter, command }: Run,
  { namespace, stopped }: LeftoverRun,
): Promise<void> {
  for (const name of new Set(stopped.map((object) => quiesceRecord(object)?.claim.name ?? ''))) {
    const claim = await cluster.claims.read({ namespace, name });
    const mark = claim && halfWritten(claim);
    if (mark === undefined) continue;
    const restore = command('restore', 'BACKUP', '--target', `${namespace}/${name}`);
    reporter.warn(
      `persistentvolumeclaim/${name} is half-written since ${mark.since} by run ${mark.run}: what is resumed runs on half-written data; to make it whole: ${restore}`,
    );
  }
}
