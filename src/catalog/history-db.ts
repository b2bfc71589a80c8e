/**
 * NKVM's `backup_history` as a catalogue; all SQL of this program is here. It only reads, and what it reads it does
 * not trust: times are compared as times whatever their zone, and a row that contradicts itself (a status that is
 * neither word, a time that is none, a successful backup without archive or checksum) is listed as failed, with the
 * reason as its message, so that it is seen but can never be chosen.
 */
import { resolve } from 'node:path';
import type Database from 'better-sqlite3';
import type { Backup } from '../domain/backup.ts';
import { formatRfc3339 } from '../domain/time.ts';
import type { BackupFilter, BackupQuery, Catalog, ClaimBackups } from './catalog.ts';
import { explain } from './catalog-error.ts';
import { checkWhole, type HistoryOptions, unusable } from './database-connection.ts';
import { openHistoryBytes, openHistoryFile } from './history-file.ts';

interface Row {
  readonly id: string;
  readonly namespace: string;
  readonly pvc: string;
  readonly pvcUid: string;
  readonly status: 'success' | 'failed';
  readonly seconds: number | null;
  readonly archivePath: string;
  readonly checksum: string;
  readonly message: string;
  readonly problem: string | null;
}

const neededColumns = [
  'id',
  'pvc_uid',
  'namespace',
  'pvc_name',
  'status',
  'backup_path',
  'checksum_sha256',
  'message',
  'created_at',
];

// SQLite takes more for a time than a row may hold ("now", a Julian day): hence the pattern before unixepoch.
// Whole seconds, so that a time read from a list names that backup in --at too.
const backups = `
  WITH filed AS (
    SELECT id AS rowNumber,
      CAST(namespace AS TEXT) AS namespace, CAST(pvc_name AS TEXT) AS pvc,
      coalesce(CAST(pvc_uid AS TEXT), '') AS pvcUid, CAST(status AS TEXT) AS filedStatus,
      coalesce(CAST(backup_path AS TEXT), '') AS archivePath,
      lower(coalesce(CAST(checksum_sha256 AS TEXT), '')) AS checksum,
      coalesce(CAST(message AS TEXT), '') AS message,
      CASE WHEN created_at GLOB '????-??-??*' THEN unixepoch(created_at) END AS seconds
    FROM backup_history
  ), judged AS (
    SELECT *, CASE
      WHEN namespace GLOB '*[^a-z0-9.-]*' OR coalesce(namespace, '') = '' THEN 'its namespace is not one'
      WHEN pvc GLOB '*[^a-z0-9.-]*' OR coalesce(pvc, '') = '' THEN 'its pvc_name is not one'
      WHEN seconds IS NULL THEN 'its created_at is not a time'
      WHEN coalesce(filedStatus, '') NOT IN ('success', 'failed') THEN 'its status is neither success nor failed'
      WHEN filedStatus = 'success' AND archivePath = '' THEN 'it names no archive'
      WHEN filedStatus = 'success' AND coalesce(length(unhex(checksum)), 0) <> 32
        THEN 'its checksum is not 64 hexadecimal digits'
      END AS problem
    FROM filed
  ), backup AS (
    SELECT *, iif(problem IS NULL, filedStatus, 'failed') AS status FROM judged
  )`;

const row = `CAST(rowNumber AS TEXT) AS id, coalesce(namespace, '') AS namespace, coalesce(pvc, '') AS pvc, pvcUid,
  status, seconds, archivePath, checksum, message, problem`;

const matches = (status: string) => `
  (@namespace IS NULL OR namespace = @namespace)
  AND (@pvcs IS NULL OR pvc IN (SELECT value FROM json_each(@pvcs)))
  AND (@status = 'any' OR ${status} = @status)
  AND (@since IS NULL OR seconds >= @since)
  AND (@until IS NULL OR seconds <= @until)`;

const listSql = (
  status: 'status' | 'filedStatus',
) => `${backups} SELECT ${row} FROM backup WHERE rowNumber IN (
    SELECT rowNumber FROM ${status === 'status' ? 'backup' : 'filed'} WHERE ${matches(status)}
      AND (@olderThanId IS NULL OR (seconds, rowNumber) <
        (SELECT seconds, rowNumber FROM filed WHERE rowNumber = CAST(@olderThanId AS INTEGER)))
      ORDER BY seconds DESC, rowNumber DESC LIMIT @limit)
  ORDER BY seconds DESC, rowNumber DESC`;

const findSql = `${backups} SELECT ${row} FROM backup WHERE rowNumber = CAST(@id AS INTEGER)`;

const claimsSql = `${backups} SELECT namespace, pvc, count(*) AS backups FROM backup
  WHERE ${matches('status')} AND namespace <> '' AND pvc <> '' GROUP BY namespace, pvc ORDER BY namespace, pvc`;

/** Opens the file at `path`. Rejects as `openHistoryFile` does; the catalogue's methods throw a CatalogError. */
export async function openHistoryDb(path: string, options: HistoryOptions = {}): Promise<Catalog> {
  const file = resolve(path);
  return historyCatalog(file, await openHistoryFile(file, options));
}

/** The same of a whole database in memory, which is called `name`. */
export function historyInMemory(name: string, bytes: Buffer, options: HistoryOptions): Catalog {
  return historyCatalog(name, openHistoryBytes(name, bytes, options));
}

function historyCatalog(name: string, connection: Database.Database): Catalog {
  const ask = <T>(question: () => T): T => {
    try {
      return question();
    } catch (error) {
      throw explain(name, error);
    }
  };
  try {
    ask(() => checkContent(connection, name));
  } catch (error) {
    connection.close();
    throw error;
  }
  const toBackup = (found: Row) => backupOf(found, name);
  return {
    path: name,
    vouched: true,
    list: (query) => ask(() => listRows(connection, query).map(toBackup)),
    find: (id) => {
      if (!/^[1-9]\d{0,17}$/.test(id)) return undefined;
      const found = ask(() => connection.prepare<object, Row>(findSql).get({ id }));
      return found && toBackup(found);
    },
    claims: (filter) =>
      ask(() => connection.prepare<object, ClaimBackups>(claimsSql).all(parameters(filter))),
    close: () => connection.close(),
  };
}

/**
 * Judging a row takes ten times as long as reading it, and of thousands twenty are shown. So the newest are first chosen
 * by the status as filed. A row that contradicts itself is seen among those chosen, and hides none of them: only then,
 * or where such rows are asked for, are all rows judged before the choice.
 */
function listRows(connection: Database.Database, query: BackupQuery): readonly Row[] {
  const rows = (status: 'status' | 'filedStatus') =>
    connection.prepare<object, Row>(listSql(status)).all(listParameters(query));
  if (query.status === 'failed') return rows('status');
  const chosen = rows('filedStatus');
  const isRight = query.status === 'any' || chosen.every(({ status }) => status === query.status);
  return isRight ? chosen : rows('status');
}

function checkContent(connection: Database.Database, name: string): void {
  const table = connection.prepare<[], { name: string }>(
    "SELECT name FROM pragma_table_info('backup_history')",
  );
  const columns = table.all().map((column) => column.name);
  if (columns.length === 0)
    throw unusable('catalog-foreign', `${name} is an SQLite database without a table backup_history`);
  checkWhole(connection, name);
  const missing = neededColumns.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  throw unusable(
    'catalog-schema',
    `${name}: table backup_history has no column ${missing.join(', ')}, only ${columns.join(', ')}: ` +
      'it was made by an NKVM that this version does not know',
  );
}

function parameters({ namespace, pvcs, status, since, until }: BackupFilter): object {
  return {
    namespace: namespace ?? null,
    pvcs: pvcs === undefined || pvcs.length === 0 ? null : JSON.stringify(pvcs),
    status,
    since: since === undefined ? null : since.getTime() / 1000,
    until: until === undefined ? null : until.getTime() / 1000,
  };
}

function listParameters(query: BackupQuery): object {
  const limit = query.limit === 0 ? -1 : query.limit;
  return { ...parameters(query), olderThanId: query.olderThanId ?? null, limit };
}

function backupOf(found: Row, catalog: string): Backup {
  const { id, namespace, pvc, pvcUid, status, seconds, archivePath, checksum, message, problem } = found;
  return {
    id,
    namespace,
    pvc,
    ...(pvcUid === '' ? {} : { pvcUid }),
    status,
    createdAt: seconds === null ? '' : formatRfc3339(new Date(seconds * 1000)),
    ...(archivePath === '' ? {} : { archive: { path: archivePath } }),
    ...(/^[0-9a-f]{64}$/.test(checksum) ? { checksumSha256: checksum } : {}),
    message:
      problem === null ? message : [`the row cannot be used: ${problem}`, message].filter(Boolean).join('; '),
    catalog,
  };
}
