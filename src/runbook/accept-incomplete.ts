/**
 * `--accept-incomplete`: a damaged archive is all that is left, and what can be read of it is wanted in another claim
 * than the one backed up. Only members that could be read to their end are restored; what proves their content, the
 * gzip checksum, may fail or lie behind the damage.
 */
import type { ArchiveInspection, Damage } from '../archive/inspect-archive.ts';
import type { Backup } from '../domain/backup.ts';
import type { Claim } from '../domain/claim.ts';
import type { Doubt } from '../domain/incomplete.ts';
import type { Verdict, VerdictResult } from '../domain/verdict.ts';
import type { RecordedIncomplete } from '../record/recorded-landing.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Reporter } from './reporter.ts';

const acceptable: readonly VerdictResult[] = ['truncated', 'corrupt', 'checksum-mismatch'];

/** Undefined for an archive that is complete, or that is nothing to accept: unsafe, no gzip data, without a member. */
export function incompleteArchive(inspection: ArchiveInspection): RecordedIncomplete | undefined {
  const { verdict, damage, unsafe, landed } = inspection;
  if (!acceptable.includes(verdict.result) || unsafe !== undefined) return undefined;
  // A checksum that differs may hide that the archive cannot be read either.
  if (damage !== undefined && !acceptable.includes(damage.verdict.result)) return undefined;
  const membersRestored = landed?.members ?? 0;
  if (inspection.members === 0) return undefined;
  const isWhole = damage?.isTarWhole ?? true;
  const doubt = doubtOf(verdict, damage);
  return {
    result: verdict.result,
    ...placeOf(damage?.verdict ?? verdict, verdict),
    membersRestored,
    ...(isWhole && { isWhole }),
    ...(doubt !== undefined && { doubt }),
  };
}

/** What ends too early is, up to there, what was written; so is what something else follows. */
function doubtOf({ result }: Verdict, damage: Damage | undefined): Doubt | undefined {
  if (damage?.isGzipCheck) return 'gzip-checksum';
  if (damage?.verdict.result === 'corrupt' && !damage.isTarWhole) return 'damaged-data';
  return result === 'checksum-mismatch' ? 'filed-checksum' : undefined;
}

function placeOf({ member, offset }: Verdict, { reason }: Verdict) {
  return {
    reason: reason ?? 'it is not what was filed',
    ...(member !== undefined && { member }),
    ...(offset !== undefined && { offset }),
  };
}

/** Throws `claim-unusable` when the target is the very claim that was backed up. */
export function refuseBackedUpClaim(
  { reporter }: { readonly reporter: Reporter },
  claim: Claim,
  backup: Backup | undefined,
): void {
  if (backup === undefined || backup.namespace === '') {
    reporter.warn('which claim was backed up is not known: that the target is another one is your word');
  }
  if (backup?.pvcUid === undefined || backup.pvcUid !== claim.uid) return;
  throw new RunbookError(
    'claim-unusable',
    `persistentvolumeclaim/${claim.name} in namespace ${claim.namespace} is the claim that was backed up (UID ${claim.uid}): --accept-incomplete never writes over it, as what it holds may be more than the archive does`,
  );
}
