// Runs the bundled program a few times so that V8's code caches hold what users' commands execute.
// The commands may fail, as one without a cluster does; a chunk that cannot be loaded stops the build.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const timeoutMs = 60_000;

/** Warms the chunks in `assets`; `work` is a folder for the files that the commands read. Throws on a crash. */
export function warmUp(assets: string, work: string): void {
  mkdirSync(work, { recursive: true });
  const catalog = makeCatalog(work);
  const kubeconfig = makeKubeconfig(work);
  const commands = [
    ['--version'],
    ['list', '--help'],
    ['list', '-A', '--catalog', catalog],
    ['list', '-A', '--catalog', catalog, '-o', 'json'],
    ['cleanup', '-n', 'default', '--kubeconfig', kubeconfig],
    ['__complete', 'list', '--'],
    ['__answer', 'backups', '', 'restore', '--catalog', catalog],
    ['__answer', 'namespaces', '', 'cleanup', '--kubeconfig', kubeconfig],
    ['list', '-A', '--catalog', 'app', '--kubeconfig', kubeconfig],
  ];
  for (const command of commands) runOnce(command, assets, work);
}

function runOnce(command: readonly string[], assets: string, work: string): void {
  const boot = join(import.meta.dirname, 'warm-boot.ts');
  const { PATH } = process.env;
  const env = { PATH, HOME: work, NKVM_CACHE_DIR: work, WARM_UP_ASSETS: assets };
  const { status, signal, stderr } = spawnSync(process.execPath, [boot, ...command], {
    env,
    cwd: work,
    encoding: 'utf8',
    timeout: timeoutMs,
  });
  if (status === null || status === 70) {
    throw new Error(`the warm-up run '${command.join(' ')}' ended with ${signal ?? status}:\n${stderr}`);
  }
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

/** Nothing listens at its server's port, which fetch would allow: it gets as far as the connection. */
function makeKubeconfig(work: string): string {
  const file = join(work, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'warm',
    clusters: [{ name: 'warm', cluster: { server: 'https://127.0.0.1:65535' } }],
    users: [{ name: 'warm', user: { token: 'warm' } }],
    contexts: [{ name: 'warm', context: { cluster: 'warm', user: 'warm' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
