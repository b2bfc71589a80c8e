/**
 * Differences that nobody need look into, each with its reason: what an unprivileged restore pod could not give, the
 * directories that it found and did not own, and what the kubelet does to a volume for a pod's fsGroup.
 */
import { type Difference, type DifferenceKind, differencesOf, modeWords } from './difference.ts';
import type { Member } from './member.ts';
import type { PodIdentity } from './pod-identity.ts';
import type { VolumeEntry } from './volume-listing.ts';

export interface ComparedAs {
  readonly content: boolean;
  readonly identity: PodIdentity;
  /** Of the pods that mount the claim now. */
  readonly fsGroups: readonly number[];
}

export interface Judged {
  readonly differences: readonly Difference[];
  /** Each with its reason. */
  readonly expected: readonly Difference[];
}

/** A member that is on the volume. */
export function judgeMember(
  member: Member,
  found: VolumeEntry,
  { content, identity, fsGroups }: ComparedAs,
): Judged {
  const isKept = identity.kind === 'unprivileged' && isOfOthers(found, identity.uid);
  const wished = isKept ? { ...member, ...member.lost } : member;
  const wrong = differencesOf(wished, found, { content }).filter(
    ({ kind }) => !isAsArchived(kind, member, found),
  );
  const all = wrong.map((difference): Difference => {
    const because =
      isKept && keptKinds.includes(difference.kind)
        ? `of uid ${found.uid}, which uid ${identity.uid} cannot change`
        : byFsGroup(difference, { member: wished, found, fsGroups });
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

const keptKinds: readonly DifferenceKind[] = ['uid', 'gid', 'mode', 'mtime'];

/** A directory of another user was there before, and stays as it is. */
function isOfOthers({ type, uid }: VolumeEntry, ownUid: number): boolean {
  return type === 'directory' && uid !== ownUid;
}

const fileBits = 0o660;
const directoryBits = 0o2770;

/** As the kubelet's SetVolumeOwnership does: the group of all, and more bits of all but symlinks. */
function byFsGroup(
  { kind }: Difference,
  { member, found, fsGroups }: { member: Member; found: VolumeEntry; fsGroups: readonly number[] },
): string | undefined {
  const bits = found.type === 'directory' ? directoryBits : fileBits;
  const isOfGroup = kind === 'gid' || (kind === 'mode' && found.mode === (member.mode | bits));
  return isOfGroup && fsGroups.includes(found.gid) ? `by fsGroup ${found.gid}` : undefined;
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
