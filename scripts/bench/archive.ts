/**
 * A big archive like those of real volumes, one with a million members, and a history of many backups. The archives are
 * made once and kept in a cache folder. The big one: 20,000 small text files, and 16 files of 64 MiB of which one half
 * can be compressed.
 */
import { createWriteStream, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import Database from 'better-sqlite3';
import { type HistoryRow, makeHistoryDb } from '../../test/support/history-db.ts';
import { endMarker, tarHeader, tarMember } from '../../test/support/tar-builder.ts';

const mebibyte = 2 ** 20;
const largeFiles = 16;
const smallFiles = 20_000;

/** Between 0 and 1, the same sequence each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes the archive unless it is there; gives its path. */
export function bigArchive(cacheFolder: string): Promise<string> {
  return made(join(cacheFolder, 'volume-1.tar.gz'), () => members(), 6);
}

/** The same of an archive with a million members. */
export function millionArchive(cacheFolder: string): Promise<string> {
  return made(join(cacheFolder, 'million-1.tar.gz'), () => manyMembers(), 1);
}

async function made(file: string, tar: () => Iterable<Buffer>, level: number): Promise<string> {
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.new`;
  await pipeline(tar(), createGzip({ level }), createWriteStream(draft));
  renameSync(draft, file);
  return file;
}

function* manyMembers(): Generator<Buffer> {
  yield tarMember({ name: './', typeFlag: '5', mode: 0o755 });
  for (let folder = 0; folder < 1000; folder++) {
    const name = `./folder-${folder}/`;
    yield tarMember({ name, typeFlag: '5', mode: 0o755 });
    for (let file = 1; file < 1000; file++) {
      const content = `${folder}-${file} `.repeat(1 + (file % 20));
      yield tarMember({ name: `${name}file-number-${file}.txt`, content, uid: file % 5 });
    }
  }
  yield endMarker;
}

function* members(): Generator<Buffer> {
  const random = randomFrom(1);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const text = words(mebibyte, upTo);
  yield tarMember({ name: './', typeFlag: '5', mode: 0o755 });
  yield* folders('./app/', 97, 13);
  for (let index = 0; index < smallFiles; index++) {
    const from = upTo(text.length - 16_384);
    yield tarMember({
      name: `./app/${index % 97}/${index % 13}/f${index}.txt`,
      content: text.subarray(from, from + upTo(16_384)),
      mode: [0o644, 0o600, 0o755, 0o640][upTo(4)] ?? 0o644,
      uid: [0, 999, 1000, 65_534][upTo(4)] ?? 0,
      gid: [0, 999, 2000][upTo(3)] ?? 0,
      mtimeSeconds: 1_700_000_000 + index,
    });
  }
  yield tarMember({ name: './db/', typeFlag: '5', mode: 0o750 });
  for (let index = 0; index < largeFiles; index++) {
    yield tarHeader({
      name: `./db/seg${index}.dat`,
      sizeBytes: 64 * mebibyte,
      mode: 0o600,
      uid: 999,
      gid: 999,
    });
    for (let part = 0; part < 64; part++) yield halfRandom(text, upTo);
  }
  yield endMarker;
}

function* folders(parent: string, count: number, inEach: number): Generator<Buffer> {
  yield tarMember({ name: parent, typeFlag: '5', mode: 0o755 });
  for (let one = 0; one < count; one++) {
    yield tarMember({ name: `${parent}${one}/`, typeFlag: '5', mode: 0o755 });
    for (let below = 0; below < inEach; below++) {
      yield tarMember({ name: `${parent}${one}/${below}/`, typeFlag: '5', mode: 0o755 });
    }
  }
}

function words(length: number, upTo: (limit: number) => number): Buffer {
  const letters = (count: number) => Array.from({ length: count }, () => String.fromCharCode(97 + upTo(26)));
  const known = Array.from({ length: 4000 }, () => letters(2 + upTo(8)).join(''));
  let text = '';
  while (text.length < length) text += `${known[upTo(known.length)]} `;
  return Buffer.from(text.slice(0, length));
}

function halfRandom(text: Buffer, upTo: (limit: number) => number): Buffer {
  const block = Buffer.from(text);
  for (let offset = 0; offset < block.length / 2; offset += 4) block.writeUInt32LE(upTo(2 ** 32), offset);
  return block;
}

export interface BenchedBackup {
  readonly archive: string;
  readonly sha256: string;
  readonly namespace: string;
  readonly claim: string;
  readonly claimUid: string;
}

/** A history of `count` backups, the newest of which is `backup`. */
export function makeHistory(file: string, count: number, backup: BenchedBackup): string {
  const rows = Array.from({ length: count }, (_, index): HistoryRow => {
    const createdAt = new Date(Date.UTC(2020, 0, 1) + index * 3_600_000).toISOString().slice(0, 19);
    const isNewest = index === count - 1;
    return {
      namespace: backup.namespace,
      pvc_name: isNewest ? backup.claim : `data-${index % 50}`,
      pvc_uid: backup.claimUid,
      backup_path: isNewest ? backup.archive : `backups/${index}.tar.gz`,
      created_at: `${createdAt}+00:00`,
      ...(isNewest && { checksum_sha256: backup.sha256 }),
    };
  });
  makeHistoryDb(file, rows);
  const database = new Database(file);
  database.exec('VACUUM');
  database.close();
  return file;
}

/** The folder of an app with so many backups: `data/backups.db`, and a small archive for each in `backups`. */
export function makeAppHistory(folder: string, count: number): void {
  for (const name of ['data', 'backups']) mkdirSync(join(folder, name));
  const rows = Array.from({ length: count }, (_, index): HistoryRow => {
    const createdAt = new Date(Date.UTC(2020, 0, 1) + index * 3_600_000).toISOString().slice(0, 19);
    const name = `${createdAt.replace(/[-:]/g, '')}Z__shop__data-${index % 50}.tar.gz`;
    writeFileSync(join(folder, 'backups', name), 'archive');
    return {
      pvc_name: `data-${index % 50}`,
      backup_path: `backups/${name}`,
      created_at: `${createdAt}+00:00`,
    };
  });
  makeHistoryDb(join(folder, 'data', 'backups.db'), rows);
}
