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
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CatalogError, type CatalogErrorCode, explain, nameAnother, waitForBackup } from './catalog-error.ts';

export interface HistoryFileOptions {
  /** How long to wait for a lock, or for the file to hold still; 2000 when absent. */
  readonly busyTimeoutMs?: number;
  /** better-sqlite3's addon, or what loads it; undefined leaves it to the package. */
  readonly nativeBinding?: object | (() => Promise<object | undefined>);
}

/** Opens a database on disk, or one that is held in memory. */
type Connect = (source: string | Buffer, how: Database.Options) => Database.Database;

interface Part {
  readonly suffix: string;
  readonly bytes: Buffer;
}

const magic = 'SQLite format 3\0';
const headerBytes = 100;
const pauseMs = 20;
const defaultBusyTimeoutMs = 2000;

/** A read-only connection to `file`. Rejects with a CatalogError, or as it is with what `nativeBinding` throws. */
export async function openHistoryFile(file: string, options: HistoryFileOptions): Promise<Database.Database> {
  const timeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
  const connect = await connector(options.nativeBinding, timeoutMs);
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

function readHeader(file: string): Buffer {
  const status = statSync(file);
  if (!status.isFile()) throw unusable('catalog-foreign', `${file} is not a file`);
  if (status.size === 0) throw unusable('catalog-empty', `${file} is empty (0 bytes)`);
  const header = Buffer.alloc(headerBytes);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, headerBytes, 0);
  } finally {
    closeSync(descriptor);
  }
  if (!header.toString('latin1').startsWith(magic)) {
    throw unusable('catalog-foreign', `${file} is not an SQLite database`);
  }
  return header;
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
  const parts = await readTogether(file, timeoutMs);
  const folder = makePrivateFolder(file);
  try {
    const copy = join(folder, 'backups.db');
    for (const { suffix, bytes } of parts) writeFileSync(copy + suffix, bytes, { mode: 0o600 });
    return connect(recover(copy, connect), { readonly: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mode 0700, as mkdtemp makes them. */
function makePrivateFolder(file: string): string {
  try {
    return mkdtempSync(join(tmpdir(), 'kubectl-nkvm-'));
  } catch (cause) {
    throw new CatalogError(
      'catalog-unreadable',
      `${file} has a log, and there is no place to copy it to: ${cause}`,
      {
        action: 'Name a folder that can be written with TMPDIR.',
        cause,
      },
    );
  }
}

/** Rolls the copy's journal back or its log in. Returns the whole database. */
function recover(copy: string, connect: Connect): Buffer {
  const connection = connect(copy, { fileMustExist: true });
  try {
    connection.pragma('journal_mode = DELETE');
    return connection.serialize();
  } finally {
    connection.close();
  }
}

async function readTogether(file: string, timeoutMs: number): Promise<readonly Part[]> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += pauseMs) {
    const parts = readParts(file);
    if (areEqual(parts, readParts(file))) return parts;
    await sleep(pauseMs);
  }
  throw unusable('catalog-locked', `${file} kept changing for ${timeoutMs} ms`, waitForBackup);
}

function readParts(file: string): readonly Part[] {
  return ['', '-wal', '-journal'].flatMap((suffix) => {
    try {
      return [{ suffix, bytes: readFileSync(file + suffix) }];
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isAbsent && suffix !== '') return [];
      throw error;
    }
  });
}

function areEqual(one: readonly Part[], other: readonly Part[]): boolean {
  return (
    one.length === other.length &&
    one.every((part, index) => {
      const match = other[index];
      return part.suffix === match?.suffix && part.bytes.equals(match.bytes);
    })
  );
}

async function connector(
  nativeBinding: HistoryFileOptions['nativeBinding'],
  timeoutMs: number,
): Promise<Connect> {
  const addon = typeof nativeBinding === 'function' ? await nativeBinding() : nativeBinding;
  // The published types know only a path as nativeBinding; the package takes the loaded addon too.
  const binding: object = addon === undefined ? {} : { nativeBinding: addon };
  return (source, how) => new Database(source, { ...how, timeout: timeoutMs, ...binding });
}

function unusable(code: CatalogErrorCode, message: string, action = nameAnother): CatalogError {
  return new CatalogError(code, message, { action });
}
