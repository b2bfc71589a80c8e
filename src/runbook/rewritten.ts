/** Whether step 4 sends the archive as it is, or a tar of what lands of it. */
import { rewrittenWire } from '../archive/rewrite-archive.ts';
import type { Wire } from '../archive/wire.ts';
import type { ValidatedArchive } from './step1-validate-archive.ts';

/** Undefined where the archive itself, extracted whole as root, is what lands. */
export function rewritten(archive: ValidatedArchive): Wire | undefined {
  const { source, inspection, manifest, landing, landed, incomplete } = archive;
  // busybox tar passes over pax headers, and with them over long names and large numbers.
  const isReadable = inspection.paxMembers === 0;
  const isWhole = landed.leftOutMembers === 0 && incomplete === undefined;
  if (isReadable && isWhole && !landing.changesOwners) return undefined;
  return rewrittenWire({ source, sha256: inspection.sha256 ?? '', manifest });
}
