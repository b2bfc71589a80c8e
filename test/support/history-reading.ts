/** Databases as others leave or hold them, and what a reader gets from them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { openHistoryDb } from '../../src/catalog/history-db.ts';
import { addRows, makeHistoryDb } from './history-db.ts';
import { tempFolder } from './temp-folder.ts';

/** The IDs in the database, or the code of the error. */
export async function readIds(file: string): Promise<string> {
  const catalog = await openHistoryDb(file, { busyTimeoutMs: 100 });
  try {
    const found = catalog.list({ status: 'any', limit: 0 });
    return found.map(({ id }) => id).join(' ');
  } finally {
    catalog.close();
  }
}

/** Files as a crash leaves them: the main file with or without rows of a transaction, and what lies beside it. */
export function crashed(t: TestContext, journalMode: 'wal' | 'delete', suffixes: readonly string[]): string {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'crashed'));
  const live = new Database(makeHistoryDb(join(folder, 'live.db'), [{}, {}], journalMode));
  live.pragma('cache_size = 1');
  if (journalMode === 'delete') live.exec('BEGIN');
  addRows(live, Array(500).fill({ message: 'x'.repeat(500) }));
  for (const suffix of suffixes) {
    copyFileSync(join(folder, `live.db${suffix}`), join(folder, 'crashed', `backups.db${suffix}`));
  }
  if (journalMode === 'delete') live.exec('ROLLBACK');
  live.close();
  return join(folder, 'crashed');
}

/** The IDs of what `crashed` leaves in WAL mode. */
export const committedAndLogged = Array.from({ length: 502 }, (_, index) => 502 - index).join(' ');

/** Another process that runs `sql` on the database and then holds the connection until the test is over. */
export async function holdOpen(t: TestContext, file: string, sql: string): Promise<void> {
  const script = `const database = new (require('better-sqlite3'))(process.argv[1]);
    database.exec(process.argv[2]); console.log('held'); process.stdin.resume();`;
  const holder = spawn(process.execPath, ['-e', script, file, sql], {
    cwd: import.meta.dirname,
    stdio: 'pipe',
  });
  t.after(() => holder.stdin.end());
  await once(holder.stdout, 'data');
}

/** What a user who is not root reads from the database: IDs, or the code of the error. */
export function readUnprivileged(file: string, temporaryFolder = tmpdir()): string {
  const script = `
    import Database from 'better-sqlite3';
    import { openHistoryDb } from '${new URL('../../src/catalog/history-db.ts', import.meta.url)}';
    new Database(':memory:').close();
    if (process.getuid() === 0) process.setuid(65534);
    await openHistoryDb(process.argv[1]).then(
      (catalog) => console.log(catalog.list({ status: 'any', limit: 0 }).map(({ id }) => id).join(' ')),
      (error) => console.log(error.code),
    );`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, file], {
    cwd: import.meta.dirname,
    env: { TMPDIR: temporaryFolder },
  });
  return child.stdout.toString().trim() || child.stderr.toString();
}
