/** Whether an archive that was just made of the volume holds all of it: tar passes over what it cannot pack. */
import type { Manifest } from '../../archive/manifest.ts';
import { displayPath } from '../../domain/archive-path.ts';
import { type Difference, differencesOf, isLostAndFound } from '../../domain/difference.ts';
import { counted } from '../../domain/size.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { listVolume } from './list-volume.ts';

const shown = 10;
/** What busybox tar cuts off: an owner above 2,097,151, a time before 1970. The data is there. */
const metadata: readonly Difference['kind'][] = ['uid', 'gid', 'mode', 'mtime'];

/** What tar could not hold, by count. */
export interface CopyLosses {
  /** Owners, modes and times. */
  readonly lostMetadata: number;
  /** They hold no data, and whoever listens makes them anew. */
  readonly lostSockets: number;
}

/** What is lost is warned of. Throws `safety-failed` when a path is missing or is something else. */
export async function compareCopy(run: Run, pod: RestorePod, manifest: Manifest): Promise<CopyLosses> {
  const wrong: string[] = [];
  let lost = 0;
  let firstLost = '';
  let lostSockets = 0;
  let firstSocket = '';
  await listVolume(run, pod, 'stat', (entry) => {
    const member = manifest.find(entry.path);
    if (isLostAndFound(entry.path)) return;
    if (member === undefined && entry.type === 'socket') {
      lostSockets++;
      firstSocket ||= displayPath(entry.path);
      return;
    }
    if (member === undefined) {
      if (wrong.length < shown) wrong.push(`${displayPath(entry.path)} is not in it`);
      return;
    }
    for (const one of differencesOf(member, entry, { content: false })) {
      const line = `${displayPath(one.path)} ${one.kind}: ${one.found} on the volume, ${one.expected} in it`;
      if (metadata.includes(one.kind)) {
        lost++;
        firstLost ||= line;
      } else if (wrong.length < shown) wrong.push(line);
    }
  });
  if (wrong.length > 0)
    throw new RunbookError(
      'safety-failed',
      `the safety copy is not what the volume holds:\n  ${wrong.join('\n  ')}`,
    );
  if (lost > 0)
    run.reporter.warn(`the safety copy lacks ${counted(lost, 'owner, mode or time value')} (${firstLost})`);
  if (lostSockets > 0)
    run.reporter.warn(`the safety copy lacks ${counted(lostSockets, 'socket')} (${firstSocket})`);
  return { lostMetadata: lost, lostSockets };
}
