/** What the plan says of the restore pod's user, and of the owners that its files will have. */
import type { Losses, OwnerWish } from '../domain/ownership.ts';
import type { PodIdentity } from '../domain/pod-identity.ts';
import { counted, formatCount } from '../domain/size.ts';

/** What follows the name of the pod in step 3: nothing for root. */
export function podUserWords(identity: PodIdentity): string {
  if (identity.kind === 'root') return '';
  const { uid, gid, fsGroup, source } = identity;
  const group = fsGroup === undefined ? '' : `, fsGroup ${fsGroup}`;
  return ` as uid ${uid}, gid ${gid}${group} (of ${source}), as root is refused here`;
}

/** `archive`, `1000:1000`, `archive, users 999=1001`. */
export function wishWords({ choice, mappings }: OwnerWish): string {
  const owner = choice?.kind === 'numbers' ? `${choice.uid}:${choice.gid}` : (choice?.kind ?? 'archive');
  const list = (noun: string, map: ReadonlyMap<number, number>): string =>
    map.size === 0 ? '' : `, ${noun} ${[...map].map(([from, to]) => `${from}=${to}`).join(' ')}`;
  return `${owner}${list('users', mappings.users)}${list('groups', mappings.groups)}`;
}

/** Lines of the plan's steps. */
export function ownerLines(wish: OwnerWish, identity: PodIdentity, losses: Losses | undefined): string[] {
  const words = wishWords(wish);
  const wished = words === 'archive' ? [] : [`  4  owners: ${words}`];
  if (identity.kind === 'root' || losses === undefined) return wished;
  return [...wished, `  4  as uid ${identity.uid}: ${lossWords(losses)}`];
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
