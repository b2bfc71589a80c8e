/**
 * The catalogue port, and which catalogue is used: the first that is configured, else the NKVM app in the cluster. A
 * configured one that cannot be
 * read is an error, never a reason to try the next: backups of another place would be shown as if they were these.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AppName, parseAppName } from '../domain/app-name.ts';
import type { Backup, BackupStatus } from '../domain/backup.ts';
import { CatalogError, explain, nameAnother } from './catalog-error.ts';

export interface Catalog {
  /** The database file or the directory as an absolute path, or `app:NAMESPACE/DEPLOYMENT`. */
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
  /** Opens the history of the NKVM app in the cluster. */
  readonly openApp: (wish: AppWish) => Promise<Catalog>;
}

export interface AppWish {
  /** Absent: the only one that is found. */
  readonly name?: AppName;
  /** Nobody asked for an app: what was looked at before it. */
  readonly lookedAt?: string;
}

const conventional = 'data/backups.db';

/** Opens the configured catalogue. Rejects with a CatalogError, or with what `nativeBinding` or `openApp` throws. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const place = configuredPlace(options);
  if (typeof place !== 'string') return options.openApp(place);
  if (isDirectory(place)) {
    const { openDirectory } = await import('./directory.ts');
    return openDirectory(place);
  }
  const { openHistoryDb } = await import('./history-db.ts');
  const nativeBinding = await options.nativeBinding?.();
  return openHistoryDb(place, { ...options, nativeBinding: () => nativeBinding });
}

/** A path on this machine, or an app. */
function configuredPlace({ flag, metadataDbPath, cwd }: CatalogOptions): string | AppWish {
  if (flag === '') throw missing('--catalog is empty');
  if (flag === 'app') return {};
  const name = flag === undefined ? undefined : parseAppName(flag);
  if (name !== undefined) return { name };
  const named = flag ?? (metadataDbPath || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const path = resolve(cwd, conventional);
  if (existsSync(path)) return path;
  return { lookedAt: `neither --catalog nor NKVM_METADATA_DB_PATH is given, there is no ${path}` };
}

function missing(what: string): CatalogError {
  return new CatalogError('catalog-missing', `no catalogue: ${what}`, { action: nameAnother });
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw explain(path, error);
  }
}
