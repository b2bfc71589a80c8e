/** Before the first byte: can the tar of the restore pod's image extract this archive, as the user that it runs as? */
import { RunbookError } from './failure-matrix.ts';
import type { PodShape } from './pod-shape.ts';
import type { Run } from './run.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/**
 * busybox tar passes over pax headers, and with them over long names and times; NKVM's own archives have none.
 * GNU tar that is not root fails at each directory of another user, such as the volume's own.
 */
export async function refuseDialect(
  run: Run,
  { pod, archive, shape }: { pod: RestorePod; archive: ValidatedArchive; shape: PodShape },
): Promise<void> {
  const { paxMembers } = archive.inspection;
  const isRoot = shape.identity.kind === 'root';
  if (paxMembers === 0 && isRoot) return;
  let version = '';
  const onStdout = (chunk: Buffer): void => {
    version += chunk;
  };
  const { stderr } = await run.cluster.exec(pod, ['tar', '--version'], { onStdout, signal: run.signal });
  const isBusybox = /busybox/i.test(version + stderr);
  if (isBusybox && paxMembers > 0) {
    throw new RunbookError(
      'extract-failed',
      `${paxMembers} members have pax headers, which the busybox tar of the restore pod ignores; the volume is untouched: name an image with GNU tar by --helper-image`,
    );
  }
  if (!isBusybox && !isRoot) {
    throw new RunbookError(
      'extract-failed',
      'the tar of the restore pod’s image is not busybox’s, and fails where it is not root; the volume is untouched: name an image with busybox by --helper-image',
    );
  }
}
