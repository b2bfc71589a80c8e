/**
 * What can be wrong with a catalogue, or with a backup named in it. All of them are step 1: nothing has been
 * changed. The message names the file and says what is wrong with it; the action says what to type next.
 */
export type CatalogErrorCode =
  /** No catalogue is configured, or the one that is named is not there. */
  | 'catalog-missing'
  /** No NKVM app is found in the cluster, or the one that is named is not there. */
  | 'app-missing'
  /** More than one is found. */
  | 'app-ambiguous'
  /** The user may not look for it, or may not read in it. */
  | 'app-forbidden'
  /** It has no pod in which its files can be read. */
  | 'app-down'
  | 'catalog-unreadable'
  /** 0 bytes. */
  | 'catalog-empty'
  /** Not SQLite, or SQLite without NKVM's table. */
  | 'catalog-foreign'
  /** NKVM's table without a column that is needed. */
  | 'catalog-schema'
  | 'catalog-locked'
  /** Cut short or damaged. */
  | 'catalog-torn'
  /** SQLite itself cannot be loaded: there is no folder to load it from. */
  | 'sqlite-unloadable'
  | 'backup-not-found'
  /** The backup failed, or its row cannot be trusted. */
  | 'backup-failed'
  /** One archive path leads to two different files. */
  | 'archive-ambiguous';

export interface CatalogErrorOptions {
  readonly action: string;
  readonly cause?: unknown;
  readonly manifest?: string;
}

export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;
  /** What to do next, as a sentence. */
  readonly action: string;
  /** Objects that would mend it, as YAML for `kubectl apply`. */
  readonly manifest: string | undefined;

  constructor(code: CatalogErrorCode, message: string, options: CatalogErrorOptions) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.action = options.action;
    this.manifest = options.manifest;
  }
}

/** The action for a catalogue that cannot be used, whatever the reason. */
export const nameAnother =
  'Name another with --catalog (a backups.db file or a directory of archives), or the archive itself with --archive PATH --checksum HEX.';

/** The action for a catalogue that another process writes to. */
export const waitForBackup = 'Wait until the backup that is being filed is done, and run again.';

/** What SQLite or the file system says about `path` as a CatalogError; one that is already is returned as it is. */
export function explain(path: string, error: unknown): CatalogError {
  if (error instanceof CatalogError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message : String(error);
  const failed = (as: CatalogErrorCode, message: string, action = nameAnother) =>
    new CatalogError(as, message, { action, cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return failed('catalog-missing', `${path} is not there`);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return failed('catalog-locked', `${path} is locked by another process`, waitForBackup);
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return failed('catalog-torn', `${path} is cut short or damaged: ${reason}`);
  }
  return failed('catalog-unreadable', `${path} cannot be read: ${reason}`);
}
