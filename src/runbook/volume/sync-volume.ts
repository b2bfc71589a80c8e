import { mountPath } from '../../domain/restore-pod.ts';
import { flushFunction } from '../../domain/volume-scripts.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';

const script = `${flushFunction}
flush "$1"
`;

/** What was written to the volume is on its disk, or it throws what the restore pod's sync said. */
export async function syncVolume(run: Run, pod: RestorePod): Promise<void> {
  const { exitCode, stderr } = await run.cluster.exec(pod, ['sh', '-c', script, 'nkvm-sync', mountPath], {
    signal: run.signal,
  });
  if (exitCode !== 0) throw new Error(`the volume could not be synced: ${stderr.trim()}`);
}
