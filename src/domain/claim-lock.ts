/**
 * The lock of a claim: a Lease in the claim's namespace that goes when the claim goes. Its holder renews it; that it
 * changes is the only sign of life that counts, since two machines may never agree on what time it is.
 * Read back as a stranger's text: parsed, bounded, never executed.
 */
import { annotations, labels, nkvmName } from './names.ts';
import { parseRunId, type RunId } from './run.ts';

/** A lock that nobody saw change for so long is a dead run's. */
export const lockSeconds = 30;
export const renewSeconds = 8;
/** A holder writes nothing after this long without a renewal: what it has sent by then must have arrived. */
export const lockMarginSeconds = 10;

/** A Lease as it is found; its name and labels say that it is ours, not that its values are. */
export interface Lease {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly holder: string;
  /** RFC 3339 as the holder wrote them: shown; nobody is dead or alive because of them. */
  readonly acquiredAt: string;
  readonly renewedAt: string;
  /** How often it has changed hands: together with the uid it names one holding. */
  readonly transitions: number;
}

/** Whose lock it is, for people. */
export interface Holder {
  /** Undefined when the lease is no lock of this tool. */
  readonly run: RunId | undefined;
  readonly operator: string;
  readonly host: string;
  readonly since: string;
  /** Set by `--hold`: the lock does not expire. */
  readonly heldSince?: string;
}

export interface Holding {
  readonly run: RunId;
  readonly operator: string;
  readonly host: string;
}

export function lockName(claim: { readonly uid: string }): string {
  return `nkvm-${claim.uid}`;
}

export function holderOf(lease: Lease): Holder {
  const said = (text: string | undefined): string => (text ?? '').slice(0, 256) || 'unknown';
  const heldSince = lease.annotations[annotations.held];
  return {
    run: parseRunId(lease.holder),
    operator: said(lease.annotations[annotations.operator]),
    host: said(lease.annotations[annotations.host]),
    since: wholeSeconds(said(lease.acquiredAt)),
    ...(heldSince !== undefined && { heldSince: said(heldSince) }),
  };
}

/** `run 20260102030405-bcdfg by ann on laptop-7, since 2026-01-02T03:04:05Z` */
export function holderText({ run, operator, host, since }: Holder): string {
  return `run ${run ?? 'unknown'} by ${operator} on ${host}, since ${since}`;
}

export function isSameHolding(one: Lease, other: Lease): boolean {
  return one.uid === other.uid && one.transitions === other.transitions && one.holder === other.holder;
}

/** Names one state of a lease: another one means that somebody changed it in between. */
export function versionOf({ uid, resourceVersion }: Lease): string {
  return `${uid}/${resourceVersion}`;
}

/** How often a lock has changed hands when it does so once more: an int32 of Kubernetes, that anybody may have set. */
export function nextTransitions({ transitions }: Pick<Lease, 'transitions'>): number {
  return transitions < 2 ** 31 - 1 ? transitions + 1 : 0;
}

/** The fields of a lock that `holding` takes at `now`; with null for what an earlier holder may have left. */
export function heldFields(
  { run, operator, host }: Holding,
  now: Date,
  transitions: number,
): { readonly metadata: object; readonly spec: object } {
  return {
    metadata: {
      labels: { [labels.name]: nkvmName, [labels.run]: run },
      annotations: {
        [annotations.operator]: operator,
        [annotations.host]: host,
        [annotations.held]: null,
      },
    },
    spec: {
      holderIdentity: run,
      leaseDurationSeconds: lockSeconds,
      acquireTime: microTime(now),
      renewTime: microTime(now),
      leaseTransitions: transitions,
    },
  };
}

export interface LockedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The Lease of a lock that nobody has yet. */
export function newLock(claim: LockedClaim, holding: Holding, now: Date): Readonly<Record<string, unknown>> {
  const { run, operator, host } = holding;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    ...heldFields(holding, now, 0),
    metadata: {
      name: lockName(claim),
      labels: { [labels.name]: nkvmName, [labels.run]: run, [labels.claimUid]: claim.uid },
      annotations: {
        [annotations.claim]: claim.name,
        [annotations.operator]: operator,
        [annotations.host]: host,
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: claim.name, uid: claim.uid },
      ],
    },
  };
}

export function wholeSeconds(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

/** Kubernetes' MicroTime: six digits, not more and not fewer. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
