/** `--hold`: leaves the data verified, the claim free and the workload down, with all that `--continue` needs on it. */
import { createHash } from 'node:crypto';
import type { Claim, ClaimRef } from '../domain/claim.ts';
import { type ClusterObject, merged, type ObjectRef } from '../domain/cluster-object.ts';
import { fieldsOf, isStopped, replicasIn } from '../domain/field-values.ts';
import { formatHeldIncomplete, type HeldIncomplete } from '../domain/held-incomplete.ts';
import { annotations } from '../domain/names.ts';
import { annotated, quiesceRecord, recordPatch } from '../domain/quiesce-record.ts';
import type { RunId } from '../domain/run.ts';
import { stateWords } from '../domain/stop-words.ts';
import { workloadName } from '../domain/workload.ts';
import { RunbookError } from './failure-matrix.ts';
import type { LockedRun } from './guard/claim-lock.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import { noteGone } from './writers/gone-objects.ts';
import { patchFresh } from './writers/patch-object.ts';
import { recordedStop, type Stop } from './writers/stop-objects.ts';
import { stoppedObjects } from './writers/stopped-objects.ts';

export interface HoldParts {
  readonly claim: Claim;
  readonly archive: ValidatedArchive;
  readonly record: IncidentRecord;
  readonly state: RunState;
}

/** What is held for nobody is no run to continue: the lock then ends with the run. */
export async function holdWorkload(run: LockedRun, parts: HoldParts): Promise<void> {
  const { claim, archive, state } = parts;
  for (const one of state.stopped) {
    const now = await patchFresh(run, one, (now) =>
      merged(
        recordPatch(now, { run: run.id, claim, earlier: one.resumeTo }),
        annotated({
          [annotations.heldSpec]: specDigest(now),
          [annotations.heldArchive]: archive.source.path,
          [annotations.heldChecksum]: archive.inspection.sha256 ?? null,
          [annotations.heldIncomplete]: archive.incomplete ? formatHeldIncomplete(archive.incomplete) : null,
        }),
      ),
    );
    if (now === undefined) {
      noteGone(run, parts, one);
      continue;
    }
    run.reporter.info(`${workloadName(one)} is held ${stateWords(one, one.earlier)}`);
  }
  if (state.stopped.length > 0) await run.lock.hold();
}

/** A run that was held, as the cluster tells it. */
export interface HeldRun {
  readonly claim: ClaimRef;
  readonly stopped: readonly Stop[];
  /** Those of them that the run was about to hold when it died: they are as found before it, --replicas or not. */
  readonly notYetHeld: readonly ObjectRef[];
  readonly archivePath: string;
  readonly sha256?: string;
  /** What the archive had no more, where the operator accepted that. */
  readonly incomplete?: HeldIncomplete;
}

/** Finds it by its name; refuses one of which something was changed since. Reads only. */
export async function findHeldRun(run: Run, namespace: string, held: RunId): Promise<HeldRun> {
  const stopped = await stoppedObjects(run, namespace);
  const objects = stopped.filter((one) => quiesceRecord(one)?.run === held);
  const first = objects.map(quiesceRecord).find((record) => record?.heldSpec !== undefined);
  if (first === undefined) {
    throw new RunbookError('run-unknown', `no workload in namespace ${namespace} is held by run ${held}`, {
      next: heldThere(run, namespace, stopped),
    });
  }
  for (const object of objects) refuseChanged(run, object, held);
  return {
    claim: first.claim,
    stopped: objects.map(recordedStop),
    notYetHeld: objects.filter((one) => quiesceRecord(one)?.heldSpec === undefined),
    archivePath: first.heldArchive ?? 'unknown',
    ...(first.heldChecksum !== undefined && { sha256: first.heldChecksum }),
    ...(first.heldIncomplete !== undefined && { incomplete: first.heldIncomplete }),
  };
}

/** It may have taken the workload over from the one that was named. */
function heldThere(
  { command }: Run,
  namespace: string,
  stopped: readonly ClusterObject[],
): readonly string[] {
  const held = stopped.flatMap((one) => {
    const record = quiesceRecord(one);
    if (record?.heldSpec === undefined) return [];
    const resume = command('restore', '--continue', record.run, '-n', namespace);
    return [`${resume}   # holds ${workloadName(one)} for ${record.claim.name}`];
  });
  return [...new Set(held)];
}

function refuseChanged(run: Run, object: ClusterObject, held: RunId): void {
  const heldSpec = quiesceRecord(object)?.heldSpec;
  if (heldSpec === undefined ? isStopped(object) : heldSpec === specDigest(object)) return;
  const replicas = replicasIn(fieldsOf(object));
  const now = replicas === undefined ? '' : `: it asks for ${replicas} replicas now`;
  throw new RunbookError(
    'workload-changed',
    `${workloadName(object)} was changed since run ${held} was held${now}`,
    { next: [run.command('cleanup', held, '--resume', '-n', object.namespace)] },
  );
}

/**
 * Changes with every change of the spec, and with nothing else. The generation would not do: a Deployment's counts
 * changes of its annotations too.
 */
function specDigest({ spec }: ClusterObject): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
}
