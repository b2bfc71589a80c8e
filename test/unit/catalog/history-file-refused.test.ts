import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'better-sqlite3';
import { openHistoryDb } from '../../../src/catalog/history-db.ts';
import { addRows, makeHistoryDb, nkvmTable } from '../../support/history-db.ts';
import { crashed, holdOpen, readIds, readUnprivileged } from '../../support/history-reading.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const genuine = join(import.meta.dirname, '../../fixtures/genuine/data/backups.db');
const nameAnother =
  'Name another with --catalog (a backups.db file or a directory of archives), or the archive itself with --archive PATH --checksum HEX.';

test('says that a log cannot be read when there is no temporary folder', async (t) => {
  const folder = crashed(t, 'wal', ['', '-wal']);
  chmodSync(join(folder, '..'), 0o755);

  assert.equal(readUnprivileged(join(folder, 'backups.db'), '/proc'), 'catalog-unreadable');
});

test('waits for a lock and then says that the database is locked', async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}]);
  await holdOpen(t, file, 'BEGIN EXCLUSIVE');

  await assert.rejects(readIds(file), {
    name: 'CatalogError',
    code: 'catalog-locked',
    message: `${file} is locked by another process`,
    action: 'Wait until the backup that is being filed is done, and run again.',
  });
});

test('says that the database is locked when that happens after it was opened', async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}]);
  const catalog = await openHistoryDb(file, { busyTimeoutMs: 100 });
  t.after(() => catalog.close());
  await holdOpen(t, file, 'BEGIN EXCLUSIVE');

  assert.throws(() => catalog.list({ status: 'any', limit: 0 }), { code: 'catalog-locked' });
});

test('refuses every cut of a database', async (t) => {
  const file = join(tempFolder(t), 'backups.db');
  const whole = readFileSync(genuine);
  const codes = new Map<string, number>();
  for (let sizeBytes = 0; sizeBytes < whole.length; sizeBytes += 256) {
    writeFileSync(file, whole.subarray(0, sizeBytes));
    const outcome = await readIds(file).catch((error: { code: string }) => error.code);
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
  }

  assert.deepEqual(Object.fromEntries(codes), { 'catalog-empty': 1, 'catalog-torn': 63 });
});

test('refuses a database of which a page was overwritten, whichever it is', async (t) => {
  const file = join(tempFolder(t), 'backups.db');
  const whole = readFileSync(genuine);
  for (let start = 4096; start < whole.length; start += 4096) {
    const damaged = Buffer.from(whole);
    randomBytes(4096).copy(damaged, start);
    damaged[start] = 0xff;
    writeFileSync(file, damaged);

    await assert.rejects(readIds(file), { code: 'catalog-torn' }, `page at ${start}`);
  }
});

test('refuses a torn database in WAL mode', async (t) => {
  const folder = crashed(t, 'wal', ['', '-wal']);
  const file = join(folder, 'backups.db');
  const whole = readFileSync(makeHistoryDb(join(folder, 'whole.db'), Array(200).fill({}), 'wal'));
  writeFileSync(file, whole.subarray(0, whole.length - 5000));
  writeFileSync(`${file}-wal`, '');

  await assert.rejects(readIds(file), { code: 'catalog-torn' });
});

test('refuses what is not there, empty, no file or no database, and names it', async (t) => {
  const folder = tempFolder(t);
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const absent = join(folder, 'absent.db');
  const empty = write('empty.db', '');
  const text = write('text.db', 'id,namespace\n1,shop\n');
  const other = join(folder, 'other.db');
  new Database(other).exec('CREATE TABLE accounts (id)').close();

  for (const [file, code, message] of [
    [absent, 'catalog-missing', `${absent} is not there`],
    [empty, 'catalog-empty', `${empty} is empty (0 bytes)`],
    [text, 'catalog-foreign', `${text} is not an SQLite database`],
    [folder, 'catalog-foreign', `${folder} is not a file`],
    [other, 'catalog-foreign', `${other} is an SQLite database without a table backup_history`],
  ] as const) {
    await assert.rejects(readIds(file), { name: 'CatalogError', code, message, action: nameAnother });
  }
});

test('names the column that an unknown schema does not have', async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}]);
  const database = new Database(file);
  database.exec('ALTER TABLE backup_history RENAME COLUMN checksum_sha256 TO digest');
  database.close();

  await assert.rejects(readIds(file), {
    code: 'catalog-schema',
    message:
      `${file}: table backup_history has no column checksum_sha256, only id, pvc_uid, namespace, pvc_name, status, ` +
      'backup_path, digest, message, created_at: it was made by an NKVM that this version does not know',
  });
});

test('does not mind further columns and tables', async (t) => {
  const file = join(tempFolder(t), 'backups.db');
  const database = new Database(file);
  database.exec(`${nkvmTable} ALTER TABLE backup_history ADD COLUMN size; CREATE TABLE schedule (id)`);
  addRows(database, [{}]);
  database.close();

  assert.equal(await readIds(file), '1');
});

test('says of a database without read permission that it cannot be read', (t) => {
  const folder = tempFolder(t);
  chmodSync(folder, 0o755);
  chmodSync(makeHistoryDb(join(folder, 'backups.db'), [{}]), 0o000);

  assert.equal(readUnprivileged(join(folder, 'backups.db')), 'catalog-unreadable');
});

test('loads the addon that it is given, and lets its failure through', async () => {
  const failure = new Error('no place for the addon');
  const nativeBinding = () => {
    throw failure;
  };

  await assert.rejects(openHistoryDb(genuine, { nativeBinding }), failure);
});
