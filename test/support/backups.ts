/** Backups as the NKVM app leaves them: `data/backups.db` and `backups/*.tar.gz`, made by busybox from a real tree. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { createGzip } from 'node:zlib';
import Database from 'better-sqlite3';
import { addRows, makeHistoryDb } from './history-db.ts';
import { run } from './host-volume.ts';
import type { TestClaim } from './namespace.ts';
import { endMarker, type TarMember, tarMember } from './tar-builder.ts';
import { tempFolder } from './temp-folder.ts';

export interface FiledBackup {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly createdAt: string;
}

type Identity = Pick<TestClaim, 'namespace' | 'name' | 'uid'>;

/** The folder in which an NKVM app works. */
export class BackupApp {
  readonly folder: string;
  readonly #database: string;
  #count = 0;

  constructor(t: TestContext) {
    this.folder = tempFolder(t);
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
      backup_path: relative,
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

/**
 * Fills a folder with what is hard to restore: odd names, owners, modes, links, a fifo, empty folders, long paths, old
 * times. Deterministic. Needs root.
 */
export function fillVolume(folder: string): void {
  const script = `
    set -e
    mkdir -p empty 'a folder' deep "$(printf 'd%.0s' $(seq 200))"
    printf 'one\\n' >plain.txt; : >none; head -c 300000 /dev/zero | tr '\\0' x >larger.bin
    printf n >"$(printf 'new\\nline')"; printf s >'a folder/with spaces '; printf u >'größe-日本'; printf b >"$(printf 'bytes-\\377\\376')"
    printf q >"quotes '\\" \\\\ \\$(id) *"; printf d >-n; printf l >"$(printf 'l%.0s' $(seq 240))"
    deep=deep; for i in $(seq 12); do deep=$deep/folder-of-some-length-$i; done; mkdir -p "$deep"; printf deep >"$deep/bottom"
    ln plain.txt hard.txt; ln -s plain.txt link; ln -s /etc/hostname absolute; ln -s nowhere dangling; ln -s "$(printf 't%.0s' $(seq 180))" long-link
    mkfifo pipe; printf '#!/bin/sh\\n' >setuid; printf '#!/bin/sh\\n' >setgid
    mkdir sticky private shared; printf secret >private/key; printf mine >shared/of-www-data; printf theirs >shared/of-nobody
    chown 33:33 shared/of-www-data; chown 65534:65534 shared/of-nobody dangling; chown 999:998 private private/key
    chown -h 33:65534 link; chown 12345:54321 'a folder'; chown 33:33 setuid setgid
    chmod 4755 setuid; chmod 2755 setgid; chmod 1777 sticky; chmod 700 private; chmod 000 private/key; chmod 2775 shared; chmod 444 none
    chown 33:33 .; chmod 2750 .
    find . -depth -exec touch -h -d @1600000000 {} +; touch -h -d @1234567890 link private/key; touch -d @946684799 .`;
  execFileSync('bash', ['-c', script], { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
}

/** Makes a file younger than any backup. */
export function touchNow(path: string): void {
  utimesSync(path, new Date(), new Date());
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
