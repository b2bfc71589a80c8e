/** How this program opens an SQLite database, on disk or in memory. */
import Database from 'better-sqlite3';
import { CatalogError, type CatalogErrorCode, nameAnother } from './catalog-error.ts';

export interface HistoryOptions {
  /** How long to wait for a lock, or for the file to hold still; 2000 when absent. */
  readonly busyTimeoutMs?: number;
  /** better-sqlite3's addon, or what loads it; undefined leaves it to the package. */
  readonly nativeBinding?: object | (() => object | undefined);
}

/** Opens a database on disk, or one that is held in memory. */
export type Connect = (source: string | Buffer, how: Database.Options) => Database.Database;

export function connector(nativeBinding: HistoryOptions['nativeBinding'], timeoutMs: number): Connect {
  const addon = typeof nativeBinding === 'function' ? nativeBinding() : nativeBinding;
  // The published types know only a path as nativeBinding; the package takes the loaded addon too.
  const binding: object = addon === undefined ? {} : { nativeBinding: addon };
  return (source, how) => new Database(source, { ...how, timeout: timeoutMs, ...binding });
}

/** Throws a CatalogError, catalog-torn, that speaks of the database as `name`. */
export function checkWhole(connection: Database.Database, name: string): void {
  const found = connection.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw unusable('catalog-torn', `${name} is cut short or damaged: ${String(found)}`);
}

export function unusable(code: CatalogErrorCode, message: string, action = nameAnother): CatalogError {
  return new CatalogError(code, message, { action });
}
