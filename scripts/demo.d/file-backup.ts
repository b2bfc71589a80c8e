// Files ./made.tar.gz as the NKVM app does: under its name in ./backups, with a row in ./data/backups.db.
//
//   node file-backup.ts NAMESPACE PVC PVC_UID
import { createHash } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import Database from 'better-sqlite3';

const [namespace = '', pvc = '', pvcUid = ''] = process.argv.slice(2);
const finished = `${new Date().toISOString().slice(0, 19)}Z`;
const safe = (name: string) => name.replace(/[^a-zA-Z0-9._-]/g, '_');
const path = `backups/${finished.replace(/[-:]/g, '')}__${safe(namespace)}__${safe(pvc)}.tar.gz`;
renameSync('made.tar.gz', path);

const database = new Database('data/backups.db');
database.exec(`CREATE TABLE IF NOT EXISTS backup_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, pvc_uid TEXT NOT NULL, namespace TEXT NOT NULL, pvc_name TEXT NOT NULL,
  status TEXT NOT NULL, backup_path TEXT, checksum_sha256 TEXT, message TEXT, created_at TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS idx_backup_history_lookup
    ON backup_history(namespace, pvc_name, status, created_at);`);
database
  .prepare(
    `INSERT INTO backup_history
       (pvc_uid, namespace, pvc_name, status, backup_path, checksum_sha256, message, created_at)
     VALUES (?, ?, ?, 'success', ?, ?, '', ?)`,
  )
  .run(
    pvcUid,
    namespace,
    pvc,
    path,
    createHash('sha256').update(readFileSync(path)).digest('hex'),
    finished.replace('Z', '+00:00'),
  );
database.close();
