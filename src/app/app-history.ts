/**
 * The app's history as one committed state, while the app writes. Where the image has Python: by SQLite's online backup.
 * Elsewhere, and always with a write-ahead log: the files themselves, read twice; where both readings agree, every file
 * had that content at one moment between them (a log may only have grown), and what they make is checked to be whole.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { inflate as inflateInTurn } from 'node:zlib';
import { CatalogError, nameAnother, waitForBackup } from '../catalog/catalog-error.ts';
import type { HistoryOptions } from '../catalog/database-connection.ts';
import type { DatabasePart } from '../catalog/database-parts.ts';
import type { historyInMemory } from '../catalog/history-db.ts';
import type { recoverHistory } from '../catalog/history-file.ts';
import type { Run } from '../runbook/run.ts';
import type { Answer } from './answer-reader.ts';
import type { AppShell } from './app-shell.ts';

export interface HistoryRequest {
  /** The database as messages name it. */
  readonly name: string;
  /** Its absolute path in the pod. */
  readonly path: string;
  readonly sqlite: () => Promise<LoadedSqlite>;
}

/** What opens databases in memory. */
export interface LoadedSqlite {
  readonly options: HistoryOptions;
  readonly historyInMemory: typeof historyInMemory;
  readonly recoverHistory: typeof recoverHistory;
}

/** Rejects as `nativeBinding` does. */
export async function loadSqlite(nativeBinding: () => Promise<object | undefined>): Promise<LoadedSqlite> {
  const addon = await nativeBinding();
  const { historyInMemory } = await import('../catalog/history-db.ts');
  const { recoverHistory } = await import('../catalog/history-file.ts');
  return { options: { nativeBinding: () => addon }, historyInMemory, recoverHistory };
}

const inflate = promisify(inflateInTurn);

/** A larger database is not copied into the app's memory: it may have little to spare. */
const largestBackupBytes = 16 * 1024 * 1024;
/** A backup has as many pages as its database had when it began, or some more. */
const maxOutputLength = 2 * largestBackupBytes;
const attempts = 30;
const pauseMs = 100;
/** Files that held still, and are damaged each time, are damaged. */
const damagedReadings = 3;

/** A whole database. Rejects with a CatalogError, or with what ended the conversation. */
export async function readHistory(run: Run, shell: AppShell, request: HistoryRequest): Promise<Buffer> {
  const payload = Buffer.from(request.path);
  const { frames } = await shell.ask({ name: 'backup', payload, number: largestBackupBytes });
  const deflated = frames.get('deflated');
  const backup = deflated === undefined ? frames.get('backup') : await inflate(deflated, { maxOutputLength });
  if (backup !== undefined) return backup;
  run.reporter.detail(`no online backup of ${request.name}: ${frames.get('failed')}; its files are read`);
  return readFiles(run, shell, request);
}

async function readFiles(run: Run, shell: AppShell, request: HistoryRequest): Promise<Buffer> {
  const { name, path, sqlite } = request;
  const { recoverHistory, options } = await sqlite();
  let damaged = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await run.clock.sleep(pauseMs, run.signal);
    const answer = await shell.ask({ name: 'files', payload: Buffer.from(path) });
    refuseUnreadable(name, answer);
    const parts = partsOf(answer);
    if (!isUnchanged(parts, answer)) continue;
    try {
      return recoverHistory(name, parts, options);
    } catch (error) {
      damaged += 1;
      const isTorn = error instanceof CatalogError && error.code === 'catalog-torn';
      if (!isTorn || damaged === damagedReadings) throw error;
    }
  }
  throw new CatalogError('catalog-locked', `${name} kept changing while it was read ${attempts} times`, {
    action: waitForBackup,
  });
}

function refuseUnreadable(name: string, { frames }: Answer): void {
  const user = frames.get('unreadable');
  if (user !== undefined) {
    throw new CatalogError('catalog-unreadable', `${name} may not be read by ${user} there`, {
      action: nameAnother,
    });
  }
  if (frames.has('main')) return;
  throw new CatalogError('catalog-missing', `${name} is not there`, { action: nameAnother });
}

const suffixes = { main: '', wal: '-wal', journal: '-journal' } as const;
type PartName = keyof typeof suffixes;
const partNames = Object.keys(suffixes) as readonly PartName[];

function partsOf({ frames }: Answer): readonly DatabasePart[] {
  return partNames.flatMap((name) => {
    const bytes = frames.get(name);
    return bytes === undefined ? [] : [{ suffix: suffixes[name], bytes }];
  });
}

function isUnchanged(parts: readonly DatabasePart[], { lines }: Answer): boolean {
  const again = new Map(
    lines.flatMap((line) => {
      const [, name, size, sha256] = /^again (\w+) (\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, { sizeBytes: Number(size), sha256 }] as const];
    }),
  );
  return partNames.every((name) => {
    const bytes = parts.find(({ suffix }) => suffix === suffixes[name])?.bytes;
    const now = again.get(name);
    if (bytes === undefined || now === undefined) return bytes === undefined && now === undefined;
    const isSameSize = name === 'wal' ? now.sizeBytes >= bytes.length : now.sizeBytes === bytes.length;
    return isSameSize && now.sha256 === createHash('sha256').update(bytes).digest('hex');
  });
}
