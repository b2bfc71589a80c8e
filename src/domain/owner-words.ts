/** `--owner` and `--map-owner` as people write them. Each parser throws an Error that names the value. */
import type { OwnerChoice, OwnerMappings } from './ownership.ts';

/** The last one, 4294967295, stands for no owner. */
const highestId = 2 ** 32 - 2;

/** `archive`, `workload` or `UID:GID`. */
export function parseOwner(text: string): OwnerChoice {
  if (text === 'archive' || text === 'workload') return { kind: text };
  const [uid, gid, ...rest] = text.split(':').map(parseId);
  if (uid === undefined || gid === undefined || rest.length > 0) {
    throw new Error(
      `"${text}" is neither archive nor workload nor UID:GID (numbers from 0 to ${highestId}), such as 1000:1000`,
    );
  }
  return { kind: 'numbers', uid, gid };
}

/** As `parseOwner` reads it. */
export function ownerWords(choice: OwnerChoice | undefined): string {
  return choice?.kind === 'numbers' ? `${choice.uid}:${choice.gid}` : (choice?.kind ?? 'archive');
}

/** `999=1001` for user and group, `999:=1001:` for users alone, `:999=:1001` for groups alone. All apply at once. */
export function parseOwnerMappings(texts: readonly string[]): OwnerMappings {
  const users = new Map<number, number>();
  const groups = new Map<number, number>();
  for (const text of texts) {
    const [, before, from, after, before2, to, after2] = /^(:?)(\d+)(:?)=(:?)(\d+)(:?)$/.exec(text) ?? [];
    const [fromId, toId] = [parseId(from ?? ''), parseId(to ?? '')];
    const isOneForm = before === before2 && after === after2 && !(before === ':' && after === ':');
    if (fromId === undefined || toId === undefined || !isOneForm) {
      throw new Error(
        `"${text}" is not FROM=TO: 999=1001 maps a user and a group, 999:=1001: a user, :999=:1001 a group`,
      );
    }
    if (before !== ':') addMapping(users, [fromId, toId], `user ${fromId}`);
    if (after !== ':') addMapping(groups, [fromId, toId], `group ${fromId}`);
  }
  return { users, groups };
}

function addMapping(
  mappings: Map<number, number>,
  [from, to]: readonly [number, number],
  what: string,
): void {
  const other = mappings.get(from);
  if (other !== undefined && other !== to) throw new Error(`${what} is mapped to ${other} and to ${to}`);
  mappings.set(from, to);
}

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= highestId ? Number(text) : undefined;
}
