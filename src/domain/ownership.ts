/**
 * Who owns what lands on the volume: what is wished for (`--owner`, `--map-owner`), and of that what the restore pod
 * can give. Root gives everything. A user without capabilities owns all that it makes, can give a file only to its own
 * groups, and must not keep a setuid or setgid bit that would stand for another owner than the archive's. It cannot
 * read back what denies its owner reading, so that is granted.
 */
import type { Lost, Member } from './member.ts';
import { groupOfNewFiles, groupsOf, type PodIdentity, type UnprivilegedIdentity } from './pod-identity.ts';

export type OwnerChoice =
  | { readonly kind: 'archive' }
  | { readonly kind: 'workload' }
  | { readonly kind: 'numbers'; readonly uid: number; readonly gid: number };

export interface OwnerMappings {
  readonly users: ReadonlyMap<number, number>;
  readonly groups: ReadonlyMap<number, number>;
}

/** `--owner` and `--map-owner`. Without a choice the archive's owners are kept as far as the pod can. */
export interface OwnerWish {
  readonly choice?: OwnerChoice;
  readonly mappings: OwnerMappings;
}

export interface Ownership {
  /** The member as it stands on the volume afterwards; `lost` where that is not what was wished for. */
  land(member: Member): Member;
  /** What --map-owner maps and no member had so far: `user 5`. */
  unmatchedMappings(): readonly string[];
  /** False when every member lands as the archive has it. */
  readonly changesMembers: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface OwnershipParts {
  /** Every member's owner; undefined for the archive's. */
  readonly owner: Owner | undefined;
  readonly mappings: OwnerMappings;
  readonly identity: PodIdentity;
}

export function ownershipOf({ owner, mappings, identity }: OwnershipParts): Ownership {
  const { users, groups } = mappings;
  const isWish = owner !== undefined || users.size > 0 || groups.size > 0;
  const unmatched = { users: new Set(users.keys()), groups: new Set(groups.keys()) };
  const wish = ({ uid, gid, ...member }: Member): Member => {
    unmatched.users.delete(uid);
    unmatched.groups.delete(gid);
    return {
      ...member,
      uid: owner?.uid ?? users.get(uid) ?? uid,
      gid: owner?.gid ?? groups.get(gid) ?? gid,
    };
  };
  const unmatchedMappings = (): readonly string[] => unmatchedWords(mappings, unmatched);
  const wished = isWish ? wish : (member: Member): Member => member;
  if (identity.kind === 'root') return { land: wished, unmatchedMappings, changesMembers: isWish };
  return { land: (member) => given(wished(member), identity), unmatchedMappings, changesMembers: true };
}

/** A number that is mapped as both matched where it is found as either. */
function unmatchedWords(
  { users, groups }: OwnerMappings,
  unmatched: { readonly users: ReadonlySet<number>; readonly groups: ReadonlySet<number> },
): readonly string[] {
  const ofUsers = [...unmatched.users].flatMap((id) => {
    if (!groups.has(id)) return [`user ${id}`];
    return unmatched.groups.has(id) ? [`user or group ${id}`] : [];
  });
  return [...ofUsers, ...[...unmatched.groups].flatMap((id) => (users.has(id) ? [] : [`group ${id}`]))];
}

const setuidBit = 0o4000;
const setgidBit = 0o2000;
const ownerReads = 0o400;
const ownerEnters = 0o500;

function given(member: Member, identity: UnprivilegedIdentity): Member {
  const { type } = member;
  const { uid } = identity;
  const gid = groupsOf(identity).has(member.gid) ? member.gid : groupOfNewFiles(identity);
  const readable = type === 'directory' ? ownerEnters : type === 'file' ? ownerReads : 0;
  const dropped = (uid === member.uid ? 0 : setuidBit) | (gid === member.gid ? 0 : setgidBit);
  const mode = type === 'symlink' ? member.mode : (member.mode & ~dropped) | readable;
  const lost: Lost = {
    ...(uid !== member.uid && { uid: member.uid }),
    ...(gid !== member.gid && { gid: member.gid }),
    ...(mode !== member.mode && { mode: member.mode }),
  };
  return Object.keys(lost).length === 0 ? member : { ...member, uid, gid, mode, lost };
}

/** How many members land otherwise than was wished for. A hard link counts with the file that it names. */
export interface Losses {
  /** Another user or group. */
  readonly owners: number;
  readonly setuid: number;
  readonly setgid: number;
  /** Modes that would keep their owner from reading, and do not. */
  readonly modes: number;
}

export function lossesOf(landed: Iterable<Member>): Losses {
  let [owners, setuid, setgid, modes] = [0, 0, 0, 0];
  for (const { type, mode, lost } of landed) {
    if (lost === undefined || type === 'hardlink') continue;
    if (lost.uid !== undefined || lost.gid !== undefined) owners += 1;
    const gone = (lost.mode ?? mode) & ~mode;
    if ((gone & setuidBit) !== 0) setuid += 1;
    if ((gone & setgidBit) !== 0) setgid += 1;
    if ((mode & ~(lost.mode ?? mode)) !== 0) modes += 1;
  }
  return { owners, setuid, setgid, modes };
}
