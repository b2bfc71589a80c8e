/**
 * What can be wrong with a catalogue, or with a backup named in it. All of them are step 1: nothing has been
 * changed. The message names the file and says what is wrong with it; the action says what to type next.
 */
export type CatalogErrorCode =
  /** No catalogue is configured, or the one that is named is not there. */
  | 'catalog-missing'
  /** A kind of catalogue that this version does not read. */
  | 'catalog-unsupported'
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

export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;
  /** What to do next, as a sentence. */
  readonly action: string;

  constructor(code: CatalogErrorCode, message: string, options: { action: string; cause?: unknown }) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.action = options.action;
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
