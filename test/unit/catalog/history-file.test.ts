import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { addRows, makeHistoryDb } from '../../support/history-db.ts';
import {
  committedAndLogged,
  crashed,
  holdOpen,
  readIds,
  readUnprivileged,
} from '../../support/history-reading.ts';
import { fingerprint, tempFolder } from '../../support/temp-folder.ts';

const genuine = join(import.meta.dirname, '../../fixtures/genuine/data/backups.db');

test('touches neither the database nor its folder', async (t) => {
  const folder = tempFolder(t);
  copyFileSync(genuine, join(folder, 'backups.db'));
  const before = fingerprint(folder);

  const found = await readIds(join(folder, 'backups.db'));

  assert.equal(found, '5 4 3 2 1');
  assert.deepEqual(fingerprint(folder), before);
});

test('reads a database in WAL mode whose log is gone, and makes none', async (t) => {
  const folder = tempFolder(t);
  makeHistoryDb(join(folder, 'backups.db'), [{}, {}], 'wal');
  const before = fingerprint(folder);

  const found = await readIds(join(folder, 'backups.db'));

  assert.equal(found, '2 1');
  assert.deepEqual(Object.keys(before), ['backups.db']);
  assert.deepEqual(fingerprint(folder), before);
});

test('reads the rows that are only in the write-ahead log of a running app', async (t) => {
  const folder = tempFolder(t);
  const file = makeHistoryDb(join(folder, 'backups.db'), [{}], 'wal');
  const app = new Database(file);
  t.after(() => app.close());
  addRows(app, [{}, {}]);
  const before = fingerprint(folder);

  const found = await readIds(file);

  assert.equal(found, '3 2 1');
  assert.deepEqual(Object.keys(before), ['backups.db', 'backups.db-shm', 'backups.db-wal']);
  assert.deepEqual(fingerprint(folder), before);
});

test('reads the log that a crash left, and leaves it', async (t) => {
  const folder = crashed(t, 'wal', ['', '-wal']);
  const before = fingerprint(folder);

  const found = await readIds(join(folder, 'backups.db'));

  assert.equal(found, committedAndLogged);
  assert.deepEqual(fingerprint(folder), before);
});

test('finds the log beside the file that a link leads to', async (t) => {
  const folder = crashed(t, 'wal', ['', '-wal']);
  const link = join(tempFolder(t), 'backups.db');
  symlinkSync(join(folder, 'backups.db'), link);

  const found = await readIds(link);

  assert.equal(found, committedAndLogged);
});

test('does not read the half transaction that a crash left, and leaves its journal', async (t) => {
  const folder = crashed(t, 'delete', ['', '-journal']);
  const before = fingerprint(folder);

  const found = await readIds(join(folder, 'backups.db'));

  assert.equal(found, '2 1');
  assert.deepEqual(Object.keys(before), ['backups.db', 'backups.db-journal']);
  assert.deepEqual(fingerprint(folder), before);
});

test('leaves something that is no log beside a database alone', async (t) => {
  const folder = tempFolder(t);
  makeHistoryDb(join(folder, 'backups.db'), [{}]);
  writeFileSync(join(folder, 'backups.db-wal'), 'not a log'.repeat(1000));
  const before = fingerprint(folder);

  const found = await readIds(join(folder, 'backups.db'));

  assert.equal(found, '1');
  assert.deepEqual(fingerprint(folder), before);
});

test('leaves no private copy behind', async (t) => {
  const folder = crashed(t, 'wal', ['', '-wal']);
  const temporary = tempFolder(t);
  chmodSync(join(folder, '..'), 0o755);
  chmodSync(temporary, 0o777);

  const found = readUnprivileged(join(folder, 'backups.db'), temporary);

  assert.equal(found, committedAndLogged);
  assert.deepEqual(readdirSync(temporary), []);
});

test('reads the committed rows while another process is about to write', async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}]);
  await holdOpen(t, file, "BEGIN IMMEDIATE; UPDATE backup_history SET namespace = 'other'");

  assert.equal(await readIds(file), '1');
});

for (const [what, make, expected] of [
  ['a database', (t: TestContext) => crashed(t, 'wal', ['']), '2 1'],
  ['a log', (t: TestContext) => crashed(t, 'wal', ['', '-wal']), committedAndLogged],
  ['a hot journal', (t: TestContext) => crashed(t, 'delete', ['', '-journal']), '2 1'],
] as const) {
  test(`reads ${what} in a folder that cannot be written`, (t) => {
    const folder = make(t);
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
    chmodSync(join(folder, '..'), 0o755);
    chmodSync(folder, 0o555);
    const before = fingerprint(folder);

    const found = readUnprivileged(join(folder, 'backups.db'));
    chmodSync(folder, 0o755);

    assert.equal(found, expected);
    assert.deepEqual(fingerprint(folder), before);
  });
}
