import { ownerWords } from '../domain/owner-words.ts';
import type { Losses, Owner, OwnerWish } from '../domain/ownership.ts';
import type { PodIdentity } from '../domain/pod-identity.ts';
import type { RecordedOwnership, RecordedUser } from './recorded-landing.ts';

export function recordedOwnership(
  { choice, mappings }: OwnerWish,
  { identity, owner }: { readonly identity: PodIdentity; readonly owner?: Owner },
  losses: Losses | undefined,
): RecordedOwnership {
  const pairs = (map: ReadonlyMap<number, number>): string[] => [...map].map(([from, to]) => `${from}=${to}`);
  const [mappedUsers, mappedGroups] = [pairs(mappings.users), pairs(mappings.groups)];
  return {
    owner: ownerWords(choice),
    ...(choice?.kind === 'workload' && owner !== undefined && { workloadOwner: `${owner.uid}:${owner.gid}` }),
    ...(mappedUsers.length > 0 && { mappedUsers }),
    ...(mappedGroups.length > 0 && { mappedGroups }),
    runsAs: recordedUser(identity),
    ...(losses !== undefined && { losses }),
  };
}

function recordedUser(identity: PodIdentity): RecordedUser {
  if (identity.kind === 'root') return { uid: 0, gid: 0 };
  const { uid, gid, fsGroup, source, refusal: rootRefused } = identity;
  return { uid, gid, ...(fsGroup !== undefined && { fsGroup }), source, rootRefused };
}
