/**
 * Runbook step 4 in its order:
 *
 *   look at the volume     room, conflicts, what the merge will do; a terminal is asked where the plan could not say
 *   safety copy            --safety: the volume as it was
 *   try to write           a volume that is read-only is left as it is
 *   mark the claim         from here on a failure leaves the writers stopped
 *   open                   folders that hide what is in them even from the pod's user, who is not root
 *   wipe                   --wipe
 *   copy and extract
 */
import { mergeCounts, mergeFileLines, mergeText } from '../domain/merge.ts';
import type { ExecuteParts } from './restore-request.ts';
import type { Run } from './run.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { type ExtractedArchive, extractArchive } from './step4-extract-archive.ts';
import { inspectVolume } from './step4-inspect-volume.ts';
import { protectVolume } from './step4-protect-volume.ts';
import { refuseMountsInside, wipeVolume } from './step4-wipe-volume.ts';
import { retried } from './transfer/patience.ts';
import { confirmMerge } from './volume/confirm-merge.ts';
import { markHalfWritten } from './volume/half-written.ts';
import { openHiding } from './volume/open-hiding.ts';
import { requireWritable } from './volume/require-writable.ts';

export async function landArchive(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
  { writers, pod }: { readonly writers: QuiescedWorkload; readonly pod: RestorePod },
): Promise<ExtractedArchive> {
  const { archive, safety, shape } = prepared;
  const { manifest } = archive;
  const { showFiles, transfer, wipe: isWiped, operator } = request;
  const again = { pod, retry: transfer.retry };

  const parts = { pod, manifest, showFiles, isWiped, identity: shape.identity };
  const first = await retried(run, again, () => inspectVolume(run, parts));
  const { merge } = first;
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

  await retried(run, again, () => requireWritable(run, pod, shape.identity));
  await markHalfWritten(run, { claim: writers.claim, archive, pod, retry: transfer.retry });
  state.writing = true;
  const { foreign, merge: known } = await openHiding(run, { first, parts, again });
  record.note({ merge: mergeCounts(known) });

  if (isWiped) {
    const wiped = { approved: `${writers.claim.namespace}/${writers.claim.name}`, ...known.removed };
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
