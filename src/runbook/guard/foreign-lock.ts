/** A lock that somebody made by hand, or something else than this tool: no run ends it, so its commands are kubectl's. */
import { type LockedClaim, lockName } from '../../domain/claim-lock.ts';
import { RunbookError } from '../failure-matrix.ts';

export function lockedByNoRun(claim: LockedClaim): RunbookError {
  const { namespace, name } = claim;
  const lease = { namespace, name: lockName(claim) };
  return new RunbookError(
    'run-in-progress',
    `persistentvolumeclaim/${name} is locked by lease/${lease.name}, and its holder is no run`,
    { next: foreignLockCommands(lease) },
  );
}

export function foreignLockCommands(lease: {
  readonly namespace: string;
  readonly name: string;
}): readonly string[] {
  const { namespace, name } = lease;
  return [
    `kubectl -n ${namespace} get lease ${name} -o yaml`,
    `kubectl -n ${namespace} delete lease ${name}   # when nobody needs it`,
  ];
}
