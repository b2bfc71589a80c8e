/**
 * A directory of archives as a catalogue, for when the database is lost: NKVM's file names tell the claim and the
 * time. They cannot tell the claim's UID or a checksum, so nothing here is vouched for; the time is the one at which
 * the backup was begun. Other files are ignored. The directory is read once, when it is opened.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArchiveName } from '../domain/archive-path.ts';
import type { Backup } from '../domain/backup.ts';
import type { BackupFilter, Catalog, ClaimBackups } from './catalog.ts';
import { explain } from './catalog-error.ts';

/** Throws a CatalogError where the directory cannot be read. */
export function openDirectory(path: string): Catalog {
  const directory = resolve(path);
  const backups = readBackups(directory);
  return {
    path: directory,
    vouched: false,
    list: (query) => {
      const start = query.olderThanId === undefined ? 0 : positionAfter(backups, query.olderThanId);
      const found = backups.slice(start).filter((backup) => isMatch(backup, query));
      return query.limit === 0 ? found : found.slice(0, query.limit);
    },
    find: (id) => backups.find((backup) => backup.id === id),
    claims: (filter) => countByClaim(backups.filter((backup) => isMatch(backup, filter))),
    close: () => {},
  };
}

/** Newest first: by time, then by name. */
function readBackups(directory: string): readonly Backup[] {
  try {
    const backups = readdirSync(directory).flatMap((name) => backupOf(directory, name));
    return backups.sort((one, other) => compare(other.createdAt, one.createdAt) || compare(other.id, one.id));
  } catch (error) {
    throw explain(directory, error);
  }
}

function backupOf(directory: string, name: string): readonly Backup[] {
  const parsed = parseArchiveName(name);
  if (parsed === undefined) return [];
  const path = join(directory, name);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return [];
  return [{ id: name, ...parsed, status: 'success', archive: { path }, message: '', catalog: directory }];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function positionAfter(backups: readonly Backup[], id: string): number {
  const position = backups.findIndex((backup) => backup.id === id);
  return position === -1 ? backups.length : position + 1;
}

function isMatch(backup: Backup, { namespace, pvcs, status, since, until }: BackupFilter): boolean {
  const time = Date.parse(backup.createdAt);
  return (
    (namespace === undefined || backup.namespace === namespace) &&
    (pvcs === undefined || pvcs.length === 0 || pvcs.includes(backup.pvc)) &&
    (status === 'any' || backup.status === status) &&
    (since === undefined || time >= since.getTime()) &&
    (until === undefined || time <= until.getTime())
  );
}

function countByClaim(backups: readonly Backup[]): readonly ClaimBackups[] {
  const groups = Map.groupBy(backups, ({ namespace, pvc }) => `${namespace}/${pvc}`);
  return [...groups.keys()].sort(compare).map((claim) => {
    const [namespace = '', pvc = ''] = claim.split('/');
    return { namespace, pvc, backups: groups.get(claim)?.length ?? 0 };
  });
}
