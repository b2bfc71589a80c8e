/** What `cleanup` does to one run: its pods go, then with `--resume` what it stopped is given back, in reverse order. */
import { basename } from 'node:path';
import { catchUpWords } from '../../domain/catch-up.ts';
import { type Claim, halfWritten } from '../../domain/claim.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { messageOf } from '../../domain/message-of.ts';
import { quiesceRecord } from '../../domain/quiesce-record.ts';
import { backWords, goneWords, leftWords, plannedWords, staysWords } from '../../domain/stop-words.ts';
import { mountsClaim } from '../../domain/workload.ts';
import { releaseEmptiedHolds } from '../guard/emptied-holds.ts';
import type { Run } from '../run.ts';
import { withHalfWrittenWarning } from '../run-state.ts';
import { removeHalfCopy, safetyLeftovers } from '../safety/safety-leftovers.ts';
import { cleanUp } from '../step6-clean-up.ts';
import { giveBack } from '../writers/give-back.ts';
import { readWorkloads } from '../writers/read-workloads.ts';
import { recordedStop } from '../writers/stop-objects.ts';
import type { CleanedRun, CleanupRequest, JudgedRun } from './clean-up-runs.ts';
import type { LeftoverRun } from './find-leftovers.ts';

/** The caller has the locks of the run's claims. */
export async function cleanRun(
  run: Run,
  one: JudgedRun,
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
  const isHalfWritten = one.stopped.length > 0 && (await warnHalfWritten(run, one));
  for (const object of resume && failed.length === 0 ? one.stopped.toReversed() : []) {
    const stop = recordedStop(object);
    await attempt(plannedWords(object, stop.earlier), async () => {
      const given = await giveBack(owner, stop, 'all');
      if (given === undefined) return goneWords(stop);
      const { now, isLeft } = given;
      const caughtUp = isLeft ? undefined : catchUpWords(now, stop.earlier);
      if (caughtUp !== undefined) run.reporter.warn(caughtUp);
      return isLeft ? leftWords(now, stop.earlier) : backWords(now, stop.earlier);
    });
  }
  if (resume && !dryRun && failed.length === 0) await releaseEmptied(owner, one.stopped);
  const copy = await safetyLeftovers(run, one, stateFolder);
  for (const file of copy.files) await attempt(`file/${basename(file)} deleted`, () => removeHalfCopy(file));
  // They go with the release of the locks; those of what stays held stay.
  const goes = resume || one.state !== 'held' ? one.locks : [];
  actions.push(...goes.map(({ name }) => `lease/${name} deleted`));
  const left = resume ? [] : one.stopped;
  const back = run.command('cleanup', one.run, '--resume', '-n', one.namespace);
  const resumeLeft = left.length === 0 ? [] : [isHalfWritten ? withHalfWrittenWarning(back) : back];
  for (const object of left) run.reporter.info(staysWords(object, recordedStop(object).earlier));
  const next = [...resumeLeft, ...copy.next];
  return { ...one, actions, failed, next };
}

/** Of other runs, held for other claims of what was given back. */
async function releaseEmptied(owner: Run, stopped: readonly ClusterObject[]): Promise<void> {
  const [record] = stopped.flatMap((object) => quiesceRecord(object) ?? []);
  if (record !== undefined) await releaseEmptiedHolds(owner, { claim: record.claim, stopped });
}

/**
 * The contract gives the recorded state back whatever the claims hold: it is said loudly, and what would mend it. Whether
 * there was anything to say.
 */
async function warnHalfWritten(run: Run, { namespace, stopped }: LeftoverRun): Promise<boolean> {
  const { reporter, command } = run;
  let isAny = false;
  for (const claim of await claimsInUse(run, { namespace, stopped })) {
    const { name } = claim;
    const mark = halfWritten(claim);
    if (mark === undefined) continue;
    isAny = true;
    const restore = command('restore', name, '-n', namespace);
    const list = command('list', name, '-n', namespace);
    reporter.warn(
      `persistentvolumeclaim/${name} is half-written since ${mark.since} by run ${mark.run}: what is resumed runs on half-written data; to make it whole: ${restore}   # its newest backup; all of them: ${list}`,
    );
  }
  return isAny;
}

/** All that what is given back mounts; what may not be looked at is said, and keeps nothing from being given back. */
async function claimsInUse(
  run: Run,
  { namespace, stopped }: Pick<LeftoverRun, 'namespace' | 'stopped'>,
): Promise<readonly Claim[]> {
  const own = new Set(stopped.map((object) => quiesceRecord(object)?.claim.name));
  try {
    const workloads = await readWorkloads(run, stopped);
    const claims = await run.cluster.claims.list(namespace);
    return claims.filter(({ name }) => own.has(name) || workloads.some((one) => mountsClaim(one, name)));
  } catch (error) {
    run.signal.throwIfAborted();
    run.reporter.warn(`whether a claim is half-written is not known: ${messageOf(error)}`);
    return [];
  }
}
