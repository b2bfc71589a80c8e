import { annotations } from './names.ts';
import { namespacePattern } from './namespace-name.ts';
import type { Owner } from './pod.ts';

/** A PersistentVolumeClaim, as far as a restore needs it. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: 'Pending' | 'Bound' | 'Lost';
  readonly deleting: boolean;
  readonly accessModes: readonly string[];
  readonly volumeMode: 'Filesystem' | 'Block';
  readonly storageClass?: string;
  readonly volumeName?: string;
  /** Of its volume, else what it asks for, as Kubernetes writes it: `10Gi`. */
  readonly capacity?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The pod, of the claim of an ephemeral volume. */
  readonly owner?: Owner;
}

export interface ClaimRef {
  readonly namespace: string;
  readonly name: string;
}

const claimPattern = new RegExp(`^(?:(${namespacePattern})/)?([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)$`);

/** `[NS/]PVC`; the namespace defaults to `namespace`. Undefined when the text is not of that form. */
export function parseClaimRef(text: string, namespace: string): ClaimRef | undefined {
  const [, typed, name] = claimPattern.exec(text) ?? [];
  if (name === undefined || name.length > 253) return undefined;
  return { namespace: typed ?? namespace, name };
}

export function isSameClaim(one: ClaimRef, other: ClaimRef): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

export interface HalfWritten {
  readonly since: string;
  readonly run: string;
  /** SHA-256 of the archive that was to land. */
  readonly archive?: string;
  /** Names the part of an archive that was to land; absent when all of one was. */
  readonly part?: string;
}

/** When step 4 began to write into the claim without 5.1 having passed since. */
export function halfWritten({ annotations: found }: Claim): HalfWritten | undefined {
  const since = found[annotations.halfWrittenSince];
  if (since === undefined) return undefined;
  const archive = found[annotations.halfWrittenArchive];
  const part = found[annotations.halfWrittenPart];
  return {
    since,
    run: found[annotations.halfWrittenBy] ?? 'unknown',
    ...(archive !== undefined && { archive }),
    ...(part !== undefined && { part }),
  };
}

/** One node at a time, or even one pod. */
export function isSingleNode({ accessModes }: Claim): boolean {
  return accessModes.every((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
}

export function isWritable(claim: Claim): boolean {
  return claim.accessModes.some((mode) => mode !== 'ReadOnlyMany');
}
