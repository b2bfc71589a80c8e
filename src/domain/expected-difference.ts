/**
 * Differences that nobody need look into, each with its reason: what an unprivileged restore pod could not give, the
 * directories that it found and did not own, and what the kubelet does to a volume for a pod's fsGroup.
 */
import { type Difference, type DifferenceKind, differencesOf, modeWords } from './difference.ts';
import type { Kept } from './foreign-paths.ts';
import type { Member } from './member.ts';
import type { PodIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

export interface ComparedAs {
  readonly content: boolean;
  readonly identity: PodIdentity;
  /** Of the pods that mount the claim now. */
  readonly fsGroups: readonly number[];
  /** The directories of other users as this run found them; a `verify` does not know what a restore found. */
  readonly kept?: ((path: string) => Kept | undefined) | undefined;
}

export interface Judged {
  readonly differences: readonly Difference[];
  /** Each with its reason. */
  readonly expected: readonly Difference[];
}

/** A member that is on the volume. */
export function judgeMember(member: Member, found: VolumeEntry, as: ComparedAs): Judged {
  const isKept = isOfOthers(found, as);
  const wished = isKept ? { ...member, ...member.lost } : member;
  const wrong = differencesOf(wished, found, as).filter(({ kind }) => !isAsArchived(kind, member, found));
  const all = wrong.map((difference): Difference => {
    const parts = { difference, member: wished, found, as };
    const because = (isKept ? asKept(parts) : undefined) ?? byFsGroup(parts);
    return because === undefined ? difference : { ...difference, because };
  });
  return {
    differences: all.filter(({ because }) => because === undefined),
    expected: [
      ...all.filter(({ because }) => because !== undefined),
      ...(isKept ? [] : lossesAt(member, found)),
    ],
  };
}

/** The volume has the archive's own value, which this pod could not have given: whoever did, it is right. */
function isAsArchived(kind: DifferenceKind, { lost = {} }: Member, found: VolumeEntry): boolean {
  return (kind === 'uid' || kind === 'gid' || kind === 'mode') && lost[kind] === found[kind];
}

/** A directory of another user was there before, and stays as it is. */
function isOfOthers({ path, type, uid }: VolumeEntry, { identity, kept }: ComparedAs): boolean {
  if (identity.kind === 'root' || type !== 'directory') return false;
  return kept === undefined ? uid !== identity.uid : kept(path) !== undefined;
}

interface Unlike {
  readonly difference: Difference;
  /** As it was wished for. */
  readonly member: Member;
  readonly found: VolumeEntry;
  readonly as: ComparedAs;
}

/**
 * Only what this user cannot change, and has not changed since it was found. Where that is not known, a directory that has
 * the archive's owner is as a restore left it, so that its group and mode must be right.
 */
function asKept({ difference: { kind }, member, found, as }: Unlike): string | undefined {
  if (as.identity.kind === 'root') return undefined;
  const before = as.kept?.(found.path);
  const isUnchanged =
    kind === 'uid' || kind === 'gid' || kind === 'mode'
      ? before === undefined
        ? found.uid !== member.uid
        : found[kind] === before[kind]
      : kind === 'mtime';
  return isUnchanged ? `of uid ${found.uid}, which uid ${as.identity.uid} cannot change` : undefined;
}

const fileBits = 0o660;
const directoryBits = 0o2770;

/** As the kubelet's SetVolumeOwnership does: the group of all, and more bits of all but symlinks. */
function byFsGroup({ difference: { kind }, member, found, as }: Unlike): string | undefined {
  const bits = found.type === 'directory' ? directoryBits : fileBits;
  const isOfGroup = kind === 'gid' || (kind === 'mode' && found.mode === (member.mode | bits));
  return isOfGroup && fsGroupsOf(as).includes(found.gid) ? `by fsGroup ${found.gid}` : undefined;
}

/** To a `verify` the pod that restored is gone, and had this pod's group. */
function fsGroupsOf({ fsGroups, identity, kept }: ComparedAs): readonly number[] {
  const own = identity.kind === 'root' || kept !== undefined ? undefined : identity.fsGroup;
  return own === undefined ? fsGroups : [...fsGroups, own];
}

/** What the member was to have and the restore pod could not give, where the volume has what it could. */
function lossesAt(member: Member, found: VolumeEntry): readonly Difference[] {
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
