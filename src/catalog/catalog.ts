/**
 * The catalogue port, and which catalogue is used: the first that is configured. A configured one that cannot be
 * read is an error, never a reason to try the next: backups of another place would be shown as if they were these.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Backup, BackupStatus } from '../domain/backup.ts';
import { CatalogError, explain, nameAnother } from './catalog-error.ts';

export interface Catalog {
  /** The database file or the directory, as an absolute path. */
  readonly path: string;
  /** Whether its backups carry checksums that were filed when they were made. */
  readonly vouched: boolean;
  /** Newest first: by time, then by ID. */
  list(query: BackupQuery): readonly Backup[];
  find(id: string): Backup | undefined;
  /** The claims that have backups which match, by namespace and name. */
  claims(filter: BackupFilter): readonly ClaimBackups[];
  close(): void;
}

export interface BackupFilter {
  readonly namespace?: string;
  /** Any of these; absent or empty: all. */
  readonly pvcs?: readonly string[];
  readonly status: BackupStatus | 'any';
  /** Finished at this time or later. */
  readonly since?: Date;
  /** Finished not after this time. */
  readonly until?: Date;
}

export interface BackupQuery extends BackupFilter {
  /** ID of a backup: only those that stand after it in the list. */
  readonly olderThanId?: string;
  /** 0: all. */
  readonly limit: number;
}

export interface ClaimBackups {
  readonly namespace: string;
  readonly pvc: string;
  readonly backups: number;
}

export interface CatalogOptions {
  /** The value of `--catalog`. */
  readonly flag?: string;
  /** The value of `NKVM_METADATA_DB_PATH`; empty counts as absent. */
  readonly metadataDbPath?: string;
  /** What relative paths start from. */
  readonly cwd: string;
  /** How long to wait for a lock that another process holds on the database; 2000 when absent. */
  readonly busyTimeoutMs?: number;
  /** Loads better-sqlite3's addon when a database is opened; undefined leaves it to the package. */
  readonly nativeBinding?: () => Promise<object | undefined>;
}

const conventional = 'data/backups.db';

/** Opens the configured catalogue. Rejects with a CatalogError, or with what `nativeBinding` throws. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const path = configuredPath(options);
  if (isDirectory(path)) {
    const { openDirectory } = await import('./directory.ts');
    return openDirectory(path);
  }
  const { openHistoryDb } = await import('./history-db.ts');
  return openHistoryDb(path, options);
}

function configuredPath({ flag, metadataDbPath, cwd }: CatalogOptions): string {
  if (flag === '') throw missing('--catalog is empty');
  if (flag !== undefined && /^app(:|$)/.test(flag)) throw appUnsupported(flag);
  const named = flag ?? (metadataDbPath || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const path = resolve(cwd, conventional);
  if (existsSync(path)) return path;
  throw missing(`neither --catalog nor NKVM_METADATA_DB_PATH is given, and there is no ${path}`);
}

function missing(what: string): CatalogError {
  return new CatalogError('catalog-missing', `no catalogue: ${what}`, { action: nameAnother });
}

function appUnsupported(flag: string): CatalogError {
  const file = flag === 'app' ? ' (a file called app: --catalog ./app)' : '';
  return new CatalogError(
    'catalog-unsupported',
    `--catalog ${flag}: reading the history out of the running app needs a later version`,
    { action: `Copy backups.db out of the app's pod and name the file with --catalog FILE${file}.` },
  );
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw explain(path, error);
  }
}
