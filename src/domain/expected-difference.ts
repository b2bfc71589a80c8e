/**
 * Differences that nobody need look into, each with its reason: what an unprivileged restore pod could not give, the
 * directories that it found and did not own, and what the kubelet does to a volume for a pod's fsGroup.
 */
import { type Difference, modeWords } from './difference.ts';
import type { Member } from './member.ts';
import type { PodIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

/** Why a difference between the two is expected; undefined when it is not. */
export type Expectation = (difference: Difference, member: Member, found: VolumeEntry) => string | undefined;

export interface ExpectationParts {
  readonly identity: PodIdentity;
  /** Of the pods that mount the claim now. */
  readonly fsGroups: readonly number[];
}

export function expectationOf({ identity, fsGroups }: ExpectationParts): Expectation {
  return (difference, member, found) => {
    if (identity.kind === 'unprivileged' && isKept(difference, found, identity.uid)) {
      return `of uid ${found.uid}, which uid ${identity.uid} cannot change`;
    }
    const group = fsGroups.find((fsGroup) => isByFsGroup(difference, { member, found, fsGroup }));
    return group === undefined ? undefined : `by fsGroup ${group}`;
  };
}

/** A directory of another user was there before, and stays as it is. */
function isKept({ kind }: Difference, { type, uid }: VolumeEntry, ownUid: number): boolean {
  return type === 'directory' && uid !== ownUid && ['uid', 'gid', 'mode', 'mtime'].includes(kind);
}

const fileBits = 0o660;
const directoryBits = 0o2770;

/** As the kubelet's SetVolumeOwnership does: the group of all, and more bits of all but symlinks. */
function isByFsGroup(
  { kind }: Difference,
  { member, found, fsGroup }: { member: Member; found: VolumeEntry; fsGroup: number },
): boolean {
  if (found.gid !== fsGroup) return false;
  if (kind === 'gid') return true;
  const bits = found.type === 'directory' ? directoryBits : fileBits;
  return kind === 'mode' && found.mode === (member.mode | bits);
}

/** What the member was to have and the restore pod could not give, where the volume has what it could. */
export function lossesAt(member: Member, found: VolumeEntry): readonly Difference[] {
  const { path, lost = {} } = member;
  const because = `as uid ${member.uid}`;
  const at = (kind: 'uid' | 'gid', value: number | undefined): readonly Difference[] =>
    value === undefined || member[kind] !== found[kind]
      ? []
      : [{ path, kind, expected: String(value), found: String(found[kind]), because }];
  const mode: readonly Difference[] =
    lost.mode === undefined || member.mode !== found.mode
      ? []
      : [{ path, kind: 'mode', expected: modeWords(lost.mode), found: modeWords(found.mode), because }];
  return [...mode, ...at('uid', lost.uid), ...at('gid', lost.gid)];
}
