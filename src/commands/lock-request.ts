/** Which locks a command may take over without looking whether their holders live. */
import type { Claim } from '../domain/claim.ts';
import { holderOf, versionOf } from '../domain/claim-lock.ts';
import type { OtherClaim } from '../runbook/guard/other-runs.ts';
import type { LockRequest } from '../runbook/guard/take-lock.ts';
import type { Target } from '../runbook/preconditions.ts';
import type { Session } from './session.ts';

/** Of a restore: those that the preconditions saw dead, as they were then. */
export function lockRequests(
  session: Session,
  operator: string,
  target: Target,
): { readonly own: LockRequest; readonly others: readonly LockRequest[] } {
  const { hostName: host } = session.host;
  const request = ({ claim, deadLock }: OtherClaim): LockRequest => {
    const dead = deadLock && versionOf(deadLock);
    return { claim, operator, host, mayTake: (lease) => versionOf(lease) === dead };
  };
  return { own: request(target), others: target.otherClaims.map(request) };
}

/** Of `--continue`: its own, held. Of two at once, the slower finds it live. */
export function heldLockRequest(session: Session, operator: string, claim: Claim): LockRequest {
  return {
    claim,
    operator,
    host: session.host.hostName,
    mayTake: (lease) => lease.holder === session.runName && holderOf(lease).heldSince !== undefined,
  };
}
