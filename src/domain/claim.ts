import { annotations } from './names.ts';

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
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ClaimRef {
  readonly namespace: string;
  readonly name: string;
}

/** `[NS/]PVC`; the namespace defaults to `namespace`. Undefined when the text is not of that form. */
export function parseClaimRef(text: string, namespace: string): ClaimRef | undefined {
  const match = /^(?:([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)\/)?([a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/.exec(text);
  const name = match?.[3];
  if (name === undefined || name.length > 253) return undefined;
  return { namespace: match?.[1] ?? namespace, name };
}

/** When step 4 began to write into the claim without 5.1 having passed since. */
export function halfWritten(claim: Claim): { since: string; run: string } | undefined {
  const since = claim.annotations[annotations.halfWrittenSince];
  if (since === undefined) return undefined;
  return { since, run: claim.annotations[annotations.halfWrittenBy] ?? 'unknown' };
}

export function isWritable(claim: Claim): boolean {
  return claim.accessModes.some((mode) => mode !== 'ReadOnlyMany');
}
