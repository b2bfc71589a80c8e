/**
 * Runbook step 4, before the first byte of the archive: empties the volume ("an explicit wipe only after approval and
 * snapshot/backup confirmation").
 *
 * Invariant: the mount point itself and `lost+found` stay, no symlink is followed, and no other filesystem is entered:
 * a volume with a mount point inside is refused while it is untouched. Names are bytes. Failure signal: `wipe-failed`.
 */
import { extractFolder } from '../domain/pod-process.ts';
import { mountPath } from '../domain/restore-pod.ts';
import { mountsScript, wipeScript } from '../domain/volume-scripts.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { outputOf } from './volume/output-of.ts';

/** Before anything is removed: `rm` would empty what is mounted inside the volume too. */
export async function refuseMountsInside(run: Run, pod: RestorePod): Promise<void> {
  const command = ['sh', '-c', mountsScript, 'nkvm-mounts', mountPath];
  const { exitCode, stdout, stderr } = await outputOf(run, pod, { command });
  if (exitCode !== 0) throw new Error(`mounts could not be listed: ${stderr.trim()}`);
  const mounts = stdout.toString().trim();
  if (mounts === '') return;
  throw new RunbookError(
    'volume-conflict',
    `the volume is untouched; a wipe would empty what is mounted inside it:\n  ${mounts.split('\n').join('\n  ')}`,
  );
}

/** May be asked for again when the connection was lost: what is gone already is no error. */
export async function wipeVolume(run: Run, pod: RestorePod): Promise<void> {
  const command = ['sh', '-c', wipeScript, 'nkvm-wipe', mountPath, extractFolder];
  const { exitCode, stdout, stderr } = await outputOf(run, pod, { command });
  const left = /^left (\d+)$/m.exec(stdout.toString())?.[1];
  if (left === '0') {
    run.reporter.info('the volume is empty');
    return;
  }
  const what =
    left === undefined
      ? `the restore pod did not say what is left (exit code ${exitCode})`
      : `${left} left at its top`;
  // rm is asked twice, and says the same of what it could not remove.
  const errors = [...new Set(stderr.trim().split('\n'))].slice(-10).join('\n  ');
  throw new RunbookError('wipe-failed', `the volume could not be emptied: ${what}:\n  ${errors}`);
}
