/** What the plan says of the restore pod's user, and of the owners that its files will have. */
import { ownerWords } from '../domain/owner-words.ts';
import type { Losses, Owner, OwnerWish } from '../domain/ownership.ts';
import type { PodIdentity } from '../domain/pod-identity.ts';
import { counted, formatCount } from '../domain/size.ts';
import type { PodShape } from '../runbook/pod-shape.ts';

/** What follows the name of the pod in step 3: nothing for root. */
export function podUserWords(identity: PodIdentity): string {
  if (identity.kind === 'root') return '';
  const { uid, gid, fsGroup, source } = identity;
  const group = fsGroup === undefined ? '' : `, fsGroup ${fsGroup}`;
  return ` as uid ${uid}, gid ${gid}${group} (of ${source}), as root is refused here`;
}

/** Lines of the plan's steps. */
export function ownerLines(
  wish: OwnerWish,
  { identity, owner }: PodShape,
  losses: Losses | undefined,
): string[] {
  const words = wishWords(wish, owner);
  const wished = words === 'archive' ? [] : [`  4  owners: ${words}`];
  if (identity.kind === 'root' || losses === undefined) return wished;
  return [...wished, `  4  as uid ${identity.uid}: ${lossWords(losses)}`];
}

/** `archive`, `1000:1000`, `workload (1000:1000)`, `archive, users 999=1001`. */
function wishWords({ choice, mappings }: OwnerWish, owner: Owner | undefined): string {
  const found = choice?.kind === 'workload' && owner !== undefined ? ` (${owner.uid}:${owner.gid})` : '';
  const list = (noun: string, map: ReadonlyMap<number, number>): string =>
    map.size === 0 ? '' : `, ${noun} ${[...map].map(([from, to]) => `${from}=${to}`).join(' ')}`;
  return `${ownerWords(choice)}${found}${list('users', mappings.users)}${list('groups', mappings.groups)}`;
}

/** `1,204 members lose their owner, 3 their setuid bit`. */
export function lossWords({ owners, setuid, setgid, modes }: Losses): string {
  const lost: readonly (readonly [number, string])[] = [
    [owners, 'owner'],
    [setuid, 'setuid bit'],
    [setgid, 'setgid bit'],
    [modes, 'mode, which would keep their owner from reading'],
  ];
  const [first, ...others] = lost.filter(([count]) => count > 0);
  if (first === undefined) return 'no owner, mode or setuid bit is lost';
  const [count, what] = first;
  const rest = others.map(([more, noun]) => `, ${formatCount(more)} their ${noun}`).join('');
  return `${counted(count, 'member')} ${count === 1 ? 'loses its' : 'lose their'} ${what}${rest}`;
}
