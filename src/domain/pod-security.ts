/**
 * The security context of the restore pod: what a namespace's Pod Security looks at. As root it fits `baseline`, with
 * the capabilities that tar needs and no other; as a user it fits `restricted`.
 */
import type { PodIdentity } from './pod-identity.ts';

/** All but `restore` mount read-only. */
export type PodPurpose = 'restore' | 'verify' | 'read';

const seccompProfile = { type: 'RuntimeDefault' };

export function podSecurity(identity: PodIdentity, purpose: PodPurpose): object {
  if (identity.kind === 'root') return { seccompProfile };
  const { uid, gid, fsGroup, fsGroupChangePolicy, supplementalGroups } = identity;
  // The kubelet changes a volume for fsGroup, whoever mounts it read-only: who only reads joins the group.
  const changesVolume = purpose === 'restore' && fsGroup !== undefined;
  const groups = [...supplementalGroups, ...(fsGroup === undefined || changesVolume ? [] : [fsGroup])];
  return {
    runAsUser: uid,
    runAsGroup: gid,
    runAsNonRoot: true,
    ...(changesVolume && { fsGroup }),
    ...(changesVolume && fsGroupChangePolicy !== undefined && { fsGroupChangePolicy }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
    seccompProfile,
  };
}

export function containerSecurity(identity: PodIdentity, purpose: PodPurpose): object {
  const common = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, seccompProfile };
  if (identity.kind === 'unprivileged') {
    const { uid, gid } = identity;
    const user = { runAsUser: uid, runAsGroup: gid, runAsNonRoot: true };
    return { ...user, ...common, capabilities: { drop: ['ALL'] } };
  }
  // Owners, modes of other users' files, setuid bits. To compare, reading past modes: the mount is read-only, and
  // DAC_READ_SEARCH, which would do, is not among what `baseline` allows.
  const add = purpose === 'restore' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'] : ['DAC_OVERRIDE'];
  return { runAsUser: 0, runAsGroup: 0, ...common, capabilities: { drop: ['ALL'], add } };
}
