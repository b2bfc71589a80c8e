/**
 * Runbook step 4 in its order:
 *
 *   look at the volume     room, conflicts, what the merge will do; a terminal is asked where the plan could not say
 *   safety copy            --safety: the volume as it was
 *   mark the claim         from here on a failure leaves the writers stopped
 *   wipe                   --wipe
 *   copy and extract
 */
import { ForeignPaths } from '../domain/foreign-paths.ts';
import { mergeCounts, mergeFileLines, mergeText } from '../domain/merge.ts';
import type { VolumeEntry } from '../domain/volume-listing.ts';
import { confirmMerge } from './confirm-merge.ts';
import { markHalfWritten } from './half-written.ts';
import type { ExecuteParts } from './restore-request.ts';
import type { Run } from './run.ts';
import { refuseUnwritable } from './set-ownership.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { type ExtractedArchive, extractArchive } from './step4-extract-archive.ts';
import { inspectVolume } from './step4-inspect-volume.ts';
import { protectVolume } from './step4-protect-volume.ts';
import { refuseMountsInside, wipeVolume } from './step4-wipe-volume.ts';
import { retried } from './transfer/patience.ts';

export async function landArchive(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
  { writers, pod }: { readonly writers: QuiescedWorkload; readonly pod: RestorePod },
): Promise<ExtractedArchive> {
  const { archive, safety, shape } = prepared;
  const { manifest } = archive;
  const { showFiles, transfer, wipe: isWiped, operator } = request;
  const again = { pod, retry: transfer.retry };

  const { merge, foreign } = await retried(run, again, async () => {
    const { identity } = shape;
    const asRoot = identity.kind === 'root';
    const seen = asRoot ? undefined : new ForeignPaths(identity);
    // Of what a wipe removes nobody will have to ask whose it is.
    const stays = ({ path }: VolumeEntry): boolean => !isWiped || path === '.';
    const onEntry = seen && ((entry: VolumeEntry): void => void (stays(entry) && seen.add(entry)));
    const parts = { pod, manifest, showFiles, isWiped, asRoot, onEntry };
    return { merge: await inspectVolume(run, parts), foreign: seen };
  });
  refuseUnwritable(shape, foreign, manifest);
  record.note({ merge: mergeCounts(merge) });
  run.reporter.info(`${isWiped ? 'wipe' : 'merge'}: ${mergeText(merge)}`);
  for (const line of mergeFileLines(merge)) run.reporter.info(`  ${line}`);
  if (prepared.merge === undefined) await confirmMerge(request, merge);

  if (isWiped) await retried(run, again, () => refuseMountsInside(run, pod));
  if (safety !== undefined) {
    const onUnfinished = async (unfinishedCopy: string | undefined): Promise<void> => {
      state.unfinishedCopy = unfinishedCopy;
      await record.keep({ unfinishedCopy });
    };
    const parts = { ...again, writers, pod, safety, operator, onUnfinished };
    record.note({ safety: await protectVolume(run, parts) });
    await onUnfinished(undefined);
  }

  await markHalfWritten(run, { claim: writers.claim, archive, pod, retry: transfer.retry });
  state.writing = true;

  if (isWiped) {
    const wiped = { approved: `${writers.claim.namespace}/${writers.claim.name}`, ...merge.removed };
    await record.keep({ wipe: { ...wiped, outcome: 'begun' } });
    await retried(run, again, () => wipeVolume(run, pod));
    await record.keep({ wipe: { ...wiped, outcome: 'done' } });
  }
  return extractArchive(run, {
    archive,
    writers,
    pod,
    shape,
    foreign,
    transfer: { ...transfer, onMoved: (moved) => record.note({ transfer: moved }) },
  });
}
