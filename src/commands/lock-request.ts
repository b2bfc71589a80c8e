/** Which locks a command may take over without looking whether their holders live. */
import type { Claim } from '../domain/claim.ts';
import { holderOf, versionOf } from '../domain/claim-lock.ts';
import type { LockRequest } from '../runbook/guard/take-lock.ts';
import type { Target } from '../runbook/preconditions.ts';
import type { Session } from './session.ts';

/** Of a restore: the one that the preconditions saw dead, as it was then. */
export function lockRequest(session: Session, operator: string, { claim, deadLock }: Target): LockRequest {
  const dead = deadLock && versionOf(deadLock);
  return { claim, operator, host: session.host.hostName, mayTake: (lease) => versionOf(lease) === dead };
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
