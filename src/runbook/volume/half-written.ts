/**
 * The mark on a claim that a run has begun to change and has not found whole since. It tells later restores which
 * backups are of half-written data, and everybody that the writers must stay down.
 */
import { createHash } from 'node:crypto';
import { type Claim, type ClaimRef, type HalfWritten, halfWritten } from '../../domain/claim.ts';
import { messageOf } from '../../domain/message-of.ts';
import { annotations } from '../../domain/names.ts';
import { holdersOf } from '../../domain/pod.ts';
import { RunbookError } from '../failure-matrix.ts';
import { isLockLost } from '../guard/claim-lock.ts';
import type { Run } from '../run.ts';
import type { RunState } from '../run-state.ts';
import type { ValidatedArchive } from '../step1-validate-archive.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { type Retried, retried } from '../transfer/patience.ts';

/**
 * Neither a part of an archive nor a merge of another one makes a claim whole that a restore has left half-written: what
 * only the first one has would stay as it is, cut off where that restore ended.
 */
export function refuseWhatStaysHalf(claim: Claim, archive: ValidatedArchive, isWiped: boolean): void {
  const mark = halfWritten(claim);
  if (mark === undefined) return;
  const why = whyItStaysHalf(mark, archive, isWiped);
  if (why === undefined) return;
  throw new RunbookError(
    'claim-half-written',
    `${claim.name} is half-written since ${mark.since} by run ${mark.run}, and ${why}`,
  );
}

function whyItStaysHalf(mark: HalfWritten, archive: ValidatedArchive, isWiped: boolean): string | undefined {
  const { sha256 } = archive.inspection;
  const part = partOf(archive);
  if (part !== undefined && mark.part !== part) return 'a part of a backup does not make it whole';
  const isOther = mark.archive !== undefined && sha256 !== undefined && mark.archive !== sha256;
  if (!isOther || isWiped) return undefined;
  return 'that was another backup: what only that one has would stay, cut off as it may be; restore that one again, or this one with --wipe';
}

export interface MarkParts extends Retried {
  readonly claim: Claim;
  readonly archive: ValidatedArchive;
  readonly pod: RestorePod;
}

/** The last look before the first change: throws `writer-returned` when somebody has started a writer again. */
export async function markHalfWritten(run: Run, { claim, archive, pod, retry }: MarkParts): Promise<void> {
  const earlier = halfWritten(claim);
  let isAsked = false;
  try {
    await retried(run, { pod, retry }, async () => {
      await refuseReturnedWriters(run, pod, claim);
      run.signal.throwIfAborted();
      isAsked = true;
      await run.cluster.claims.annotate(claim, {
        // The first run that failed decides which backups are of half-written data.
        [annotations.halfWrittenSince]: earlier?.since ?? run.cluster.now().toISOString(),
        [annotations.halfWrittenBy]: run.id,
        [annotations.halfWrittenArchive]: archive.inspection.sha256 ?? null,
        [annotations.halfWrittenPart]: partOf(archive) ?? null,
      });
    });
  } catch (error) {
    if (!isAsked || isLockLost(error)) throw error;
    // The mark may be there, and only the answer lost; nothing was written.
    await run.cluster.claims
      .annotate(claim, marksOf(earlier))
      .catch(() => warnOfMark(run, claim, 'nothing was written'));
    throw error;
  }
}

/** The claim is whole again. A mark that stays would make later restores skip good backups: it is left behind. */
export async function unmarkHalfWritten(
  run: Run,
  { claim, state, ...again }: Retried & { readonly claim: ClaimRef; readonly state: RunState },
): Promise<void> {
  try {
    await retried(run, again, () => run.cluster.claims.annotate(claim, marksOf(undefined)));
  } catch (error) {
    run.signal.throwIfAborted();
    warnOfMark(run, claim, `${messageOf(error)}; the data is whole`);
    state.leftBehind.push(
      `annotation ${annotations.halfWrittenSince} on persistentvolumeclaim/${claim.name}`,
    );
  }
}

function marksOf(mark: HalfWritten | undefined): Readonly<Record<string, string | null>> {
  return {
    [annotations.halfWrittenSince]: mark?.since ?? null,
    [annotations.halfWrittenBy]: mark?.run ?? null,
    [annotations.halfWrittenArchive]: mark?.archive ?? null,
    [annotations.halfWrittenPart]: mark?.part ?? null,
  };
}

function warnOfMark({ reporter }: Run, { namespace, name }: ClaimRef, why: string): void {
  const keys = Object.keys(marksOf(undefined)).map((key) => `${key}-`);
  reporter.warn(
    `the half-written mark on ${name} could not be removed: ${why}: kubectl -n ${namespace} annotate pvc ${name} ${keys.join(' ')}`,
  );
}

/** The same for the same archive and choice; undefined when all of an archive lands. */
function partOf({ inspection, landing, landed, incomplete }: ValidatedArchive): string | undefined {
  if (landed.leftOutMembers === 0 && incomplete === undefined) return undefined;
  const what = JSON.stringify([inspection.sha256, landing.selection.patterns, incomplete !== undefined]);
  return createHash('sha256').update(what).digest('hex').slice(0, 16);
}

/** A controller that heals itself, or a colleague, may have started the writers again since step 2. */
async function refuseReturnedWriters(run: Run, pod: RestorePod, claim: Claim): Promise<void> {
  const pods = await run.cluster.pods.list(claim.namespace);
  const back = holdersOf(claim.name, pods).filter(({ name }) => name !== pod.name);
  if (back.length === 0) return;
  throw new RunbookError(
    'writer-returned',
    `pods came back with the claim while the restore pod started: ${back.map(({ name }) => name).join(', ')}; nothing was written`,
  );
}
