/**
 * Whether anything can be made on the volume, asked by a file of one moment before the claim is marked: a mount that is
 * read-only, or a server that takes root for nobody, is not seen by owners and modes.
 */
import type { PodIdentity } from '../../domain/pod-identity.ts';
import { mountPath } from '../../domain/restore-pod.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { outputOf } from './output-of.ts';

/** The folder keeps its time, as the volume is untouched still. */
const script = `
time=$(stat -c %Y "$1") || exit
probe=$(mktemp "$1/.nkvm-XXXXXX") && rm -f "$probe" || exit
touch -d "@$time" "$1" 2>/dev/null || true
`;

/**
 * Throws `volume-not-writable`. A full volume is another matter, and a user who is not root may have a right to folders
 * further down.
 */
export async function requireWritable(run: Run, pod: RestorePod, { kind }: PodIdentity): Promise<void> {
  const command = ['sh', '-c', script, 'nkvm-writable', mountPath];
  const { exitCode, stderr } = await outputOf(run, pod, { command });
  if (exitCode === 0) return;
  const said = stderr.trim();
  const mayBeNoMatter = kind !== 'root' || /no space left|quota exceeded/i.test(said);
  if (mayBeNoMatter && !/read-only file ?system/i.test(said)) return;
  throw new RunbookError(
    'volume-not-writable',
    `the volume is untouched; nothing can be made in ${mountPath}: ${said}`,
  );
}
