/** Backups as the NKVM app leaves them: `data/backups.db` and `backups/*.tar.gz`, made by busybox from a real tree. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { createGzip, gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { addRows, makeHistoryDb } from './history-db.ts';
import { run } from './host-volume.ts';
import type { TestClaim } from './namespace.ts';
import { endMarker, type TarMember, tarHeader, tarMember } from './tar-builder.ts';
import { tempFolder } from './temp-folder.ts';

export interface FiledBackup {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly createdAt: string;
}

type Identity = Pick<TestClaim, 'namespace' | 'name' | 'uid'>;

export interface WorkFolder {
  readonly folder: string;
  /** Where the app itself sees the folder, so that it files absolute paths; default: it files relative ones. */
  readonly seenAt?: string;
}

/** The folder in which an NKVM app works. */
export class BackupApp {
  readonly folder: string;
  readonly #seenAt: string;
  readonly #database: string;
  #count = 0;

  constructor(t: TestContext, { folder, seenAt = '' }: WorkFolder = { folder: tempFolder(t) }) {
    this.folder = folder;
    this.#seenAt = seenAt;
    for (const name of ['data', 'backups']) mkdirSync(join(this.folder, name));
    this.#database = makeHistoryDb(join(this.folder, 'data', 'backups.db'), []);
  }

  /** For `--catalog`. */
  get catalog(): string {
    return this.#database;
  }

  /** Backs up what is in `claim.folder` now. Each backup is a minute younger than the one before. */
  async backUp(claim: TestClaim): Promise<FiledBackup> {
    const made = join(this.folder, 'made.tar.gz');
    await run('busybox', ['tar', '-czf', made, '-C', claim.folder, '.']);
    return this.file(claim, made);
  }

  /** Files an archive that was made in another way; it is moved. */
  async file(claim: Identity, archive: string, row: object = {}): Promise<FiledBackup> {
    const createdAt = new Date(Date.UTC(2026, 0, 1, 12, this.#count++));
    const time = createdAt.toISOString().replace(/[-:]|\.\d+/g, '');
    const safe = (name: string) => name.replace(/[^a-zA-Z0-9._-]/g, '_');
    const relative = join('backups', `${time}__${safe(claim.namespace)}__${safe(claim.name)}.tar.gz`);
    const path = join(this.folder, relative);
    renameSync(archive, path);
    const sha256 = await sha256Of(path);
    const id = this.addRow({
      pvc_uid: claim.uid,
      namespace: claim.namespace,
      pvc_name: claim.name,
      backup_path: join(this.#seenAt, relative),
      checksum_sha256: sha256,
      created_at: createdAt.toISOString().replace('.000Z', '+00:00'),
      ...row,
    });
    return { id, path, sha256, createdAt: createdAt.toISOString().replace('.000Z', 'Z') };
  }

  /** Adds a row as it is; returns its ID. */
  addRow(row: object): string {
    const database = new Database(this.#database);
    addRows(database, [row]);
    const id = database.prepare('SELECT max(id) FROM backup_history').pluck().get();
    database.close();
    return String(id);
  }

  /** An archive of random, incompressible data, so that a restore takes its time. */
  async fileBig(claim: Identity, { mebibytes, files = 1 }: BigArchive): Promise<FiledBackup> {
    const made = join(this.folder, 'made.tar.gz');
    await bigArchive(made, { mebibytes, files });
    return this.file(claim, made);
  }

  /** An archive of one file of zeros: small, and long to read, to extract and to compare. `mebibytes` / 64 is whole. */
  fileZeros(claim: Identity, { mebibytes }: Pick<BigArchive, 'mebibytes'>): Promise<FiledBackup> {
    const made = join(this.folder, 'made.tar.gz');
    const header = tarHeader({ name: './zeros', sizeBytes: mebibytes * 2 ** 20 });
    const zeros = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 1 });
    const blocks = Array.from({ length: mebibytes / 64 }, () => zeros);
    writeFileSync(made, Buffer.concat([gzipSync(header), ...blocks, gzipSync(endMarker)]));
    return this.file(claim, made);
  }
}

export interface BigArchive {
  readonly mebibytes: number;
  /** Over how many files the data is spread. */
  readonly files?: number;
}

export async function bigArchive(file: string, { mebibytes, files = 1 }: BigArchive): Promise<void> {
  const content = randomBytes(Math.floor((mebibytes * 2 ** 20) / files));
  const member = (name: string, more: Partial<TarMember>) => tarMember({ name, ...more });
  async function* members(): AsyncGenerator<Buffer> {
    yield member('./', { typeFlag: '5', mode: 0o755 });
    for (let index = 0; index < files; index++) yield member(`./big-${index}`, { content });
    yield endMarker;
  }
  await pipeline(members, createGzip({ level: 0 }), createWriteStream(file));
}

/** Runs `fill-volume.sh` in a folder. */
export async function fillVolume(folder: string): Promise<void> {
  await run(join(import.meta.dirname, 'fill-volume.sh'), [], { cwd: folder });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
