/**
 * Opens a backups.db that belongs to somebody else. Guarantees: nothing beside it or in it is made, changed or
 * removed, and what is read is one committed state.
 *
 * SQLite itself reads a database in rollback mode in that way. It does not when there is a write-ahead log (even a
 * read-only connection makes `-wal` and `-shm`, and leaves them) or when a crash left a journal to be rolled back
 * (a read-only connection refuses). Those are copied into a private folder, recovered there and held in memory:
 * the folder is gone before this returns. The copy is taken twice; two equal readings mean that every file had
 * that content at one moment between them.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { explain } from './catalog-error.ts';
import { type Connect, connector, type HistoryOptions, unusable } from './database-connection.ts';
import { type DatabasePart, readTogether, recoverParts } from './database-parts.ts';

const magic = 'SQLite format 3\0';
const headerBytes = 100;
const defaultBusyTimeoutMs = 2000;

/** A read-only connection to `file`. Rejects with a CatalogError, or as it is with what `nativeBinding` throws. */
export async function openHistoryFile(file: string, options: HistoryOptions): Promise<Database.Database> {
  const timeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
  const connect = connector(options.nativeBinding, timeoutMs);
  try {
    // SQLite follows links and looks for the log beside the real file.
    const real = realpathSync(file);
    const header = readHeader(real);
    const hasLog = header[18] === 2 || header[19] === 2 || existsSync(`${real}-wal`);
    return hasLog ? await openCopy(real, connect, timeoutMs) : await openInPlace(real, connect, timeoutMs);
  } catch (error) {
    throw explain(file, error);
  }
}

/** A connection to a whole database that is held in memory. Throws a CatalogError. */
export function openHistoryBytes(name: string, bytes: Buffer, options: HistoryOptions): Database.Database {
  const connect = connector(options.nativeBinding, 0);
  try {
    checkHeader(name, bytes);
    return connect(bytes, { readonly: true });
  } catch (error) {
    throw explain(name, error);
  }
}

/**
 * The whole database out of files that were copied at one moment. Throws a CatalogError: catalog-torn where they do not
 * fit together.
 */
export function recoverHistory(
  name: string,
  parts: readonly DatabasePart[],
  options: HistoryOptions,
): Buffer {
  const connect = connector(options.nativeBinding, 0);
  try {
    checkHeader(name, parts.find(({ suffix }) => suffix === '')?.bytes ?? Buffer.alloc(0));
    return recoverParts(name, parts, connect);
  } catch (error) {
    throw explain(name, error);
  }
}

function readHeader(file: string): Buffer {
  const status = statSync(file);
  if (!status.isFile()) throw unusable('catalog-foreign', `${file} is not a file`);
  const header = Buffer.alloc(headerBytes);
  const descriptor = openSync(file, 'r');
  try {
    const bytesRead = readSync(descriptor, header, 0, headerBytes, 0);
    checkHeader(file, header.subarray(0, bytesRead));
  } finally {
    closeSync(descriptor);
  }
  return header;
}

function checkHeader(name: string, bytes: Buffer): void {
  if (bytes.length === 0) throw unusable('catalog-empty', `${name} is empty (0 bytes)`);
  if (!bytes.toString('latin1', 0, headerBytes).startsWith(magic)) {
    throw unusable('catalog-foreign', `${name} is not an SQLite database`);
  }
}

async function openInPlace(file: string, connect: Connect, timeoutMs: number): Promise<Database.Database> {
  const connection = connect(file, { readonly: true, fileMustExist: true });
  try {
    // Opening reads nothing; this does, and meets locks and journals.
    connection.pragma('schema_version');
    return connection;
  } catch (error) {
    connection.close();
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code === 'SQLITE_READONLY_ROLLBACK') return openCopy(file, connect, timeoutMs);
    throw error;
  }
}

async function openCopy(file: string, connect: Connect, timeoutMs: number): Promise<Database.Database> {
  return connect(recoverParts(file, await readTogether(file, timeoutMs), connect), { readonly: true });
}
