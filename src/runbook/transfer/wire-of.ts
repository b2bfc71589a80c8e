/** What step 4 sends of an archive: its own bytes, or a tar of what lands of it. */
import { rewrittenWire } from '../../archive/rewrite-archive.ts';
import { storedWire, type Wire } from '../../archive/wire.ts';
import type { ValidatedArchive } from '../step1-validate-archive.ts';

export function wireOf(archive: ValidatedArchive): Wire {
  const { source, inspection, manifest, landed, incomplete } = archive;
  // busybox tar passes over pax headers, and with them over long names and large numbers; it knows no sparse file.
  const { paxMembers, sparseMembers, foreignMembers } = inspection;
  const isReadable = paxMembers + sparseMembers + foreignMembers === 0;
  const isWhole = landed.leftOutMembers === 0 && incomplete === undefined;
  if (isReadable && isWhole && !manifest.hasRepeats) return storedWire(source, inspection.sha256);
  const sha256 = inspection.sha256 ?? '';
  return rewrittenWire({ source, sha256, manifest, careful: incomplete !== undefined });
}
