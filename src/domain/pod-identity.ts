/** As whom the restore pod's processes run: as root, or where that is refused as a user without any capability. */

export type PodIdentity = RootIdentity | UnprivilegedIdentity;

export interface RootIdentity {
  readonly kind: 'root';
}

export interface UnprivilegedIdentity {
  readonly kind: 'unprivileged';
  readonly uid: number;
  readonly gid: number;
  /** The kubelet may give the volume to this group before the pod starts. */
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroups: readonly number[];
  /** Whose numbers these are: `deployment/web`, `--owner`. */
  readonly source: string;
  /** What the API server said to a root pod. */
  readonly refusal: string;
}

export const root: RootIdentity = { kind: 'root' };

/** The groups that the processes have. */
export function groupsOf({ gid, fsGroup, supplementalGroups }: UnprivilegedIdentity): ReadonlySet<number> {
  return new Set([gid, ...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups]);
}

/** The group of what it makes: on a volume that the kubelet gave to fsGroup all is of that group. */
export function groupOfNewFiles({ gid, fsGroup }: UnprivilegedIdentity): number {
  return fsGroup ?? gid;
}
