// Runs the bundled program a few times so that V8's code caches hold what users' commands execute.
// A command that fails, except for want of a server, and a chunk that cannot be loaded stop the build.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { someAuthority, writeKubeconfig } from '../kubeconfig.ts';
import { warmServer } from './warm-server.ts';

const timeoutMs = 60_000;

/** Warms the chunks in `assets`; `work` is a folder for the files that the commands read. Rejects on a crash. */
export async function warmUp(assets: string, work: string): Promise<void> {
  mkdirSync(work, { recursive: true });
  const catalog = makeCatalog(work);
  const server = await warmServer(readFileSync(catalog));
  // Over TLS nobody answers, which is as far as the client's own part goes; without it there is an answer to everything.
  const silent = writeKubeconfig(join(work, 'silent'), {
    server: 'https://127.0.0.1:65535',
    ...someAuthority,
  });
  const answering = writeKubeconfig(join(work, 'answering'), { server: server.url });
  const commands = [
    ['--version'],
    ['list', '--help'],
    ['list', '-A', '--catalog', catalog],
    ['list', '-A', '--catalog', catalog, '-o', 'json'],
    ['cleanup', '-n', 'default', '--kubeconfig', silent],
    ['cleanup', '-n', 'default', '--kubeconfig', answering],
    ['__complete', 'list', '--'],
    ['__answer', 'backups', '', 'restore', '--catalog', catalog],
    ['__answer', 'namespaces', '', 'cleanup', '--kubeconfig', answering],
    ['list', '-A', '--catalog', 'app', '--kubeconfig', answering],
    ['list', '-A', '--catalog', 'app:warm/app', '--kubeconfig', answering],
  ];
  try {
    for (const command of commands) {
      await runOnce(command, { assets, work, mayEndWith: command.includes(silent) ? 1 : 0 });
    }
  } finally {
    server.close();
  }
}

interface WarmRun {
  readonly assets: string;
  readonly work: string;
  /** Besides 0. */
  readonly mayEndWith: number;
}

async function runOnce(command: readonly string[], { assets, work, mayEndWith }: WarmRun): Promise<void> {
  const boot = join(import.meta.dirname, 'warm-boot.ts');
  const { PATH } = process.env;
  const env = { PATH, HOME: work, NKVM_CACHE_DIR: work, WARM_UP_ASSETS: assets };
  await new Promise<void>((resolve, reject) => {
    const options = { env, cwd: work, timeout: timeoutMs };
    execFile(process.execPath, [boot, ...command], options, (error, _, stderr) => {
      if (error === null || error.code === mayEndWith) return resolve();
      reject(new Error(`the warm-up run '${command.join(' ')}' ended with ${error.code}:\n${stderr}`));
    });
  });
}

function makeCatalog(work: string): string {
  const file = join(work, 'backups.db');
  const database = new Database(file);
  database.exec(`CREATE TABLE IF NOT EXISTS backup_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pvc_uid TEXT NOT NULL, namespace TEXT NOT NULL, pvc_name TEXT NOT NULL,
    status TEXT NOT NULL, backup_path TEXT, checksum_sha256 TEXT, message TEXT, created_at TEXT NOT NULL)`);
  const insert = database.prepare(
    `INSERT INTO backup_history (pvc_uid, namespace, pvc_name, status, backup_path, checksum_sha256, message, created_at)
     VALUES ('5b0d', 'shop', 'orders', ?, ?, ?, ?, '2025-01-31T04:05:06+00:00')`,
  );
  insert.run('success', 'backups/missing.tar.gz', '0'.repeat(64), null);
  insert.run('failed', null, null, 'no space left on device');
  database.close();
  return file;
}
