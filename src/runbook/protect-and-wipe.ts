/** What step 4 does to the volume before the archive comes, as the record keeps it: the safety copy, then the wipe. */
import type { ExecuteParts } from './restore.ts';
import type { Run } from './run.ts';
import type { QuiescedWorkload } from './step2-quiesce-workload.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import type { ExtractParts } from './step4-extract-archive.ts';
import type { VolumeSurvey } from './step4-inspect-volume.ts';
import { protectVolume } from './step4-protect-volume.ts';
import { refuseMountsInside, wipeVolume } from './step4-wipe-volume.ts';

export function protectAndWipe(
  run: Run,
  { request, prepared, record }: Pick<ExecuteParts, 'request' | 'prepared' | 'record'>,
  { writers, pod }: { writers: QuiescedWorkload; pod: RestorePod },
): Pick<ExtractParts, 'protect' | 'wipe'> {
  const { safety, target } = prepared;
  const { operator, wipe } = request;
  const approved = `${target.claim.namespace}/${target.claim.name}`;
  return {
    protect: async () => {
      if (wipe) await refuseMountsInside(run, pod);
      if (safety === undefined) return;
      await record.keep({ safety: await protectVolume(run, { writers, pod, safety, operator }) });
    },
    ...(wipe && {
      wipe: async ({ removed }: VolumeSurvey) => {
        await record.keep({ wipe: { approved, ...removed, outcome: 'begun' } });
        await wipeVolume(run, pod);
        await record.keep({ wipe: { approved, ...removed, outcome: 'done' } });
      },
    }),
  };
}
