/** Makes real backups.db files, with the table as NKVM makes it. */
import Database from 'better-sqlite3';

export interface HistoryRow {
  readonly id?: number | null;
  readonly pvc_uid?: unknown;
  readonly namespace?: unknown;
  readonly pvc_name?: unknown;
  readonly status?: unknown;
  readonly backup_path?: unknown;
  readonly checksum_sha256?: unknown;
  readonly message?: unknown;
  readonly created_at?: unknown;
}

export const nkvmTable = `CREATE TABLE backup_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, pvc_uid TEXT NOT NULL, namespace TEXT NOT NULL, pvc_name TEXT NOT NULL,
  status TEXT NOT NULL, backup_path TEXT, checksum_sha256 TEXT, message TEXT, created_at TEXT NOT NULL);
CREATE INDEX idx_backup_history_lookup ON backup_history(namespace, pvc_name, status, created_at);`;

/** A checksum that is one: 64 digits. */
export const someChecksum = '0123456789abcdef'.repeat(4);

/** What a row holds unless it says otherwise: a successful backup of shop/orders-data. */
const successful = {
  id: null,
  pvc_uid: '48b6904b-c731-4aa9-9fb9-b2c4e41c8212',
  namespace: 'shop',
  pvc_name: 'orders-data',
  status: 'success',
  backup_path: 'backups/20260301T120000Z__shop__orders-data.tar.gz',
  checksum_sha256: someChecksum,
  message: '',
  created_at: '2026-03-01T12:00:05+00:00',
};

export const failedRow = {
  status: 'failed',
  backup_path: null,
  checksum_sha256: null,
  message: 'no room',
} as const;

/** Writes `rows` to a new database at `file` and closes it. Returns `file`. */
export function makeHistoryDb(file: string, rows: readonly HistoryRow[], journalMode = 'delete'): string {
  const database = new Database(file);
  database.pragma(`journal_mode = ${journalMode}`);
  database.exec(nkvmTable);
  addRows(database, rows);
  database.close();
  return file;
}

export function addRows(database: Database.Database, rows: readonly HistoryRow[]): void {
  const insert = database.prepare(`INSERT INTO backup_history
    (id, pvc_uid, namespace, pvc_name, status, backup_path, checksum_sha256, message, created_at) VALUES
    (@id, @pvc_uid, @namespace, @pvc_name, @status, @backup_path, @checksum_sha256, @message, @created_at)`);
  database.transaction(() => {
    for (const row of rows) insert.run({ ...successful, ...row });
  })();
}
