/**
 * Directories of the pod's own user that hide what is in them even from him. After the mark they are opened, and the
 * volume is looked at again, until nothing is hidden where something lands or is to be removed: what they hid is refused
 * like all else before the first byte, and before the first removal.
 */
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { type InspectedVolume, type InspectParts, inspectVolume } from '../step4-inspect-volume.ts';
import { type Retried, retried } from '../transfer/patience.ts';
import { openFolders } from './set-ownership.ts';

export async function openHiding(
  run: Run,
  {
    first,
    parts,
    again,
  }: { readonly first: InspectedVolume; readonly parts: InspectParts; readonly again: Retried },
): Promise<InspectedVolume> {
  const so = 'only modes of folders were changed';
  const opened = new Set<string>();
  let seen = first;
  while (seen.hiding.length > 0) {
    const { hiding } = seen;
    if (hiding.some((path) => opened.has(path)))
      throw new RunbookError('volume-not-writable', `${so}; folders that were opened stay closed`);
    for (const path of hiding) opened.add(path);
    await retried(run, again, () => openFolders(run, parts.pod, hiding));
    seen = await retried(run, again, () => inspectVolume(run, { ...parts, so }));
  }
  return seen;
}
