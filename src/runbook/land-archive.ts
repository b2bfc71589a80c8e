/**
 * Runbook step 4 in its order:
 *
 *   look at the volume     room, conflicts, what the merge will do; a terminal is asked where the plan could not say
 *   mark the claim         from here on a failure leaves the writers stopped
 *   copy and extract
 */
import { mergeCounts, mergeFileLines, mergeText } from '../domain/merge.ts';
import { confirmMerge } from './confirm-merge.ts';
import { markHalfWritten } from './half-written.ts';
import type { ExecuteParts } from './restore.ts';
import type { Run } from './run.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { type ExtractedArchive, extractArchive } from './step4-extract-archive.ts';
import { inspectVolume } from './step4-inspect-volume.ts';
import { retried } from './transfer/patience.ts';

export async function landArchive(
  run: Run,
  { request, prepared, record, state }: ExecuteParts,
  { writers, pod }: { readonly writers: QuiescedWorkload; readonly pod: RestorePod },
): Promise<ExtractedArchive> {
  const { archive } = prepared;
  const { manifest } = archive;
  const { showFiles, transfer } = request;
  const again = { pod, retry: transfer.retry };

  const merge = await retried(run, again, () => inspectVolume(run, { pod, manifest, showFiles }));
  record.note({ merge: mergeCounts(merge) });
  run.reporter.info(`merge: ${mergeText(merge)}`);
  for (const line of mergeFileLines(merge)) run.reporter.info(`  ${line}`);
  if (prepared.merge === undefined) await confirmMerge(request, merge);

  await markHalfWritten(run, pod, writers.claim);
  state.writing = true;

  return extractArchive(run, {
    archive,
    writers,
    pod,
    transfer: { ...transfer, onMoved: (moved) => record.note({ transfer: moved }) },
  });
}
