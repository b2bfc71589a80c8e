/**
 * Runs that restore other claims of the same workloads, or of workloads with the same keeper. Guarantees that what such
 * a run has stopped is taken over only when it can do nothing any more: it is seen to be dead, and its lock is then
 * taken as well, or it is held, and this run is to be held too. Else the first of the two to end would start what the
 * other still writes under.
 */
import { type Claim, type ClaimRef, halfWritten, isSameClaim } from '../../domain/claim.ts';
import { holderOf, type Lease, lockName } from '../../domain/claim-lock.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { type QuiesceRecord, quiesceRecord } from '../../domain/quiesce-record.ts';
import { isWorkloadRef, workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { findDeadLock } from './take-lock.ts';

/** Another claim, for which a run that is dead has stopped what this one stops. */
export interface OtherClaim {
  readonly claim: Claim;
  /** As it was when it was seen to be dead; absent where the run has left none. */
  readonly deadLock?: Lease;
}

export interface OtherRunsParts {
  readonly claim: ClaimRef;
  /** With `--hold`, what a held run has stopped for another claim may be taken over. */
  readonly hold: boolean;
  /** All that step 2 would change. */
  readonly stops: readonly ClusterObject[];
}

/** The claims whose locks this run needs besides its own, by name. Throws `run-in-progress`. */
export async function checkOtherRuns(run: Run, parts: OtherRunsParts): Promise<readonly OtherClaim[]> {
  const { claim, hold, stops } = parts;
  const others = new Map<string, OtherClaim>();
  for (const object of stops) {
    const record = quiesceRecord(object);
    if (record === undefined || record.run === run.id) continue;
    const isOwn = isSameClaim(record.claim, claim);
    if (record.heldSpec !== undefined && (isOwn || !hold)) throw held(run, object, { record, isOwn });
    if (isOwn) continue;
    if (record.claim.namespace !== claim.namespace) throw inUse(run, object, { record, why: '' });
    const other = others.get(record.claim.name) ?? (await deadRun(run, object, record));
    if (other !== undefined) others.set(record.claim.name, other);
    if (!isWorkloadRef(object)) await refuseShared(run, object, { record, stops });
  }
  return [...others.values()].sort((one, two) => (one.claim.name < two.claim.name ? -1 : 1));
}

/** Somebody stopped it since the preconditions looked at it: whether they live is for the next try to see. */
export function refuseTakenSince(
  run: Run,
  { found, now, claim }: { found: ClusterObject; now: ClusterObject; claim: ClaimRef },
): void {
  const record = quiesceRecord(now);
  if (record === undefined || record.run === run.id || isSameClaim(record.claim, claim)) return;
  if (record.run !== quiesceRecord(found)?.run) throw inUse(run, now, { record, why: ' meanwhile' });
}

/** Undefined when its claim is gone, and the lock with it; or when it is held: then no client is at work. */
async function deadRun(
  run: Run,
  object: ClusterObject,
  record: QuiesceRecord,
): Promise<OtherClaim | undefined> {
  const claim = await run.cluster.claims.read(record.claim);
  if (claim === undefined) return undefined;
  if (record.heldSpec !== undefined && (await isAtRest(run, claim))) return undefined;
  const deadLock = await findDeadLock(run, claim).catch((error: unknown) => {
    if (!(error instanceof RunbookError)) throw error;
    const { code, message, next } = error;
    throw new RunbookError(code, `${stoppedFor(object, record)}: ${message}`, { cause: error, next });
  });
  return { claim, ...(deadLock && { deadLock }) };
}

/** Not while somebody continues the run. */
async function isAtRest({ cluster }: Run, { namespace, uid }: Claim): Promise<boolean> {
  const lock = await cluster.leases.read({ namespace, name: lockName({ uid }) });
  return lock === undefined || holderOf(lock).heldSince !== undefined;
}

/** What a keeper brings up again when it is given back must not be what the other run has left at 0. */
async function refuseShared(
  run: Run,
  keeper: ClusterObject,
  { record, stops }: { readonly record: QuiesceRecord; readonly stops: readonly ClusterObject[] },
): Promise<void> {
  const ours = new Set(stops.map(({ metadata }) => metadata.uid));
  const left = (await run.cluster.workloads.list(record.claim.namespace)).filter(
    ({ object }) => quiesceRecord(object)?.run === record.run && !ours.has(object.metadata.uid),
  );
  if (left.length === 0) return;
  const why = `, which has not given back ${left.map(workloadName).join(', ')}`;
  const claim = await run.cluster.claims.read(record.claim);
  const isHalfWritten = claim !== undefined && halfWritten(claim) !== undefined;
  throw inUse(run, keeper, { record, why, isHalfWritten });
}

function held(
  run: Run,
  object: ClusterObject,
  { record, isOwn }: { readonly record: QuiesceRecord; readonly isOwn: boolean },
) {
  const how =
    isOwn || !isWorkloadRef(object)
      ? ''
      : ` for ${record.claim.name}; with --hold this run takes it over, and is continued instead`;
  return new RunbookError('run-in-progress', `${workloadName(object)} is held by run ${record.run}${how}`, {
    next: waysOut(run, record),
  });
}

function inUse(
  run: Run,
  object: ClusterObject,
  { record, why, isHalfWritten = false }: { record: QuiesceRecord; why: string; isHalfWritten?: boolean },
): RunbookError {
  const { namespace, name } = record.claim;
  const mend = `${run.command('restore', name, '-n', namespace)}   # ${name} is half-written: all of its newest backup`;
  return new RunbookError('run-in-progress', `${stoppedFor(object, record)} by run ${record.run}${why}`, {
    next: [...(isHalfWritten ? [mend] : []), ...waysOut(run, record)],
  });
}

function stoppedFor(object: ClusterObject, { claim }: QuiesceRecord): string {
  const { namespace, name } = claim;
  const place = namespace === object.namespace ? name : `${namespace}/${name}`;
  return `${workloadName(object)} is stopped for ${place}`;
}

function waysOut({ command }: Run, { run, claim, heldSpec }: QuiesceRecord): readonly string[] {
  const where = ['-n', claim.namespace];
  return [
    ...(heldSpec === undefined ? [] : [command('restore', '--continue', run, ...where)]),
    command('cleanup', run, '--resume', ...where),
  ];
}
