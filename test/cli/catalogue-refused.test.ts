import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { makeHistoryDb } from '../support/history-db.ts';
import { holdOpen } from '../support/history-reading.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { fingerprint, tempFolder } from '../support/temp-folder.ts';

const nameAnother =
  'Name another with --catalog (a backups.db file or a directory of archives), or the archive itself with --archive PATH --checksum HEX.';
const db = '/here/backups.db';

interface Refusal {
  readonly title: string;
  readonly prepare: (t: TestContext, cwd: string) => void | Promise<void>;
  readonly words?: readonly string[];
  readonly error: { readonly code: string; readonly message: string; readonly action?: string };
}

const refusals: readonly Refusal[] = [
  {
    title: 'none that is named, and none where NKVM keeps it',
    prepare: () => {},
    words: [],
    error: {
      code: 'catalog-missing',
      message:
        'no catalogue: neither --catalog nor NKVM_METADATA_DB_PATH is given, there is no /here/data/backups.db, and no ' +
        'cluster to find the NKVM app in: no kubeconfig: neither --kubeconfig nor KUBECONFIG is given, and there is no ' +
        '~/.kube/config',
    },
  },
  {
    title: 'a named one that is not there, though the conventional one is',
    prepare: (_, cwd) => {
      mkdirSync(join(cwd, 'data'));
      makeHistoryDb(join(cwd, 'data/backups.db'), [{}]);
    },
    error: { code: 'catalog-missing', message: `${db} is not there` },
  },
  {
    title: 'an empty file',
    prepare: (_, cwd) => writeFileSync(join(cwd, 'backups.db'), ''),
    error: { code: 'catalog-empty', message: `${db} is empty (0 bytes)` },
  },
  {
    title: 'one whose write-ahead log is no file, such as a FIFO that nobody writes to',
    prepare: (_, cwd) => {
      makeHistoryDb(join(cwd, 'backups.db'), [{}]);
      mkdirSync(join(cwd, 'backups.db-wal'));
    },
    error: { code: 'catalog-unreadable', message: `${db}-wal is not a file` },
  },
  {
    title: 'a file that is no database',
    prepare: (_, cwd) => writeFileSync(join(cwd, 'backups.db'), 'hello'),
    error: { code: 'catalog-foreign', message: `${db} is not an SQLite database` },
  },
  {
    title: 'another program’s database',
    prepare: (_, cwd) => {
      new Database(join(cwd, 'backups.db')).exec('CREATE TABLE bookmarks (url TEXT)').close();
    },
    error: {
      code: 'catalog-foreign',
      message: `${db} is an SQLite database without a table backup_history`,
    },
  },
  {
    title: 'a schema without a column',
    prepare: (_, cwd) => {
      const database = new Database(makeHistoryDb(join(cwd, 'backups.db'), [{}]));
      database.exec('ALTER TABLE backup_history DROP COLUMN checksum_sha256').close();
    },
    error: {
      code: 'catalog-schema',
      message:
        `${db}: table backup_history has no column checksum_sha256, only id, pvc_uid, namespace, pvc_name, status, ` +
        'backup_path, message, created_at: it was made by an NKVM that this version does not know',
    },
  },
  {
    title: 'a copy that was cut short',
    prepare: (t, cwd) => {
      copyFileSync(join(genuineFolder(t), 'data/backups.db'), join(cwd, 'backups.db'));
      truncateSync(join(cwd, 'backups.db'), 9000);
    },
    error: {
      code: 'catalog-torn',
      message: `${db} is cut short or damaged: database disk image is malformed`,
    },
  },
  {
    title: 'one that another process keeps locked',
    prepare: (t, cwd) => holdOpen(t, makeHistoryDb(join(cwd, 'backups.db'), [{}]), 'BEGIN EXCLUSIVE'),
    error: {
      code: 'catalog-locked',
      message: `${db} is locked by another process`,
      action: 'Wait until the backup that is being filed is done, and run again.',
    },
  },
];

for (const { title, prepare, words = ['--catalog', 'backups.db'], error } of refusals) {
  test(`refuses ${title}, with an error document and exit status 11`, async (t) => {
    const cwd = tempFolder(t);
    await prepare(t, cwd);
    const { exitCode, stdout } = await run(['list', '-A', '-o', 'json', ...words], { cwd });
    const { code, message, action = nameAnother } = error;
    const expected = { apiVersion: 'nkvm.dev/v1', kind: 'Error', error: { code, step: 1, message, action } };
    assert.deepEqual({ exitCode, document: JSON.parse(stdout) }, { exitCode: 11, document: expected });
  });
}

test('says what is wrong and what to do on stderr, and nothing on stdout', async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, 'backups.db'), '');
  assert.deepEqual(await run(['list', '--catalog', 'backups.db'], { cwd }), {
    exitCode: 11,
    stdout: '',
    stderr: `error: step 1: /here/backups.db is empty (0 bytes)
code: catalog-empty
what to do: Name another with --catalog (a backups.db file or a directory of archives), or the
  archive itself with --archive PATH --checksum HEX.
`,
  });
});

test('prints an error as one line with -o jsonl, on both streams', async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, 'backups.db'), '');
  const { stdout, stderr } = await run(['list', '--catalog', 'backups.db', '-o', 'jsonl'], { cwd });
  const error = {
    code: 'catalog-empty',
    step: 1,
    message: '/here/backups.db is empty (0 bytes)',
    action: nameAnother,
  };
  assert.deepEqual(
    { stdout, stderr },
    {
      stdout: `${JSON.stringify({ apiVersion: 'nkvm.dev/v1', kind: 'Error', error })}\n`,
      stderr: `${JSON.stringify({ time: '2026-11-22T23:03:30.000Z', type: 'error', ...error, next: [] })}\n`,
    },
  );
});

test('refuses one archive path that leads to two files, and names both', async (t) => {
  const cwd = genuineFolder(t);
  const name = '20261122T203310Z__shop__web-content.tar.gz';
  mkdirSync(join(cwd, 'elsewhere'));
  copyFileSync(join(cwd, 'backups', name), join(cwd, 'elsewhere', name));
  const words = ['list', 'web-content', '-n', 'shop', '-q', '--archive-dir', 'elsewhere', '-o', 'json'];
  const { exitCode, stdout } = await run(words, { cwd });
  assert.deepEqual(
    { exitCode, error: JSON.parse(stdout).error },
    {
      exitCode: 11,
      error: {
        code: 'archive-ambiguous',
        step: 1,
        message: `backups/${name} may be /here/backups/${name} or /here/elsewhere/${name}: they are two files`,
        action: 'Name the right one with --archive PATH --checksum HEX.',
      },
    },
  );
});

test('leaves the history and its folder as they were', async (t) => {
  const cwd = genuineFolder(t);
  const before = fingerprint(join(cwd, 'data'));
  await run(['list', '-A', '--status', 'any'], { cwd });
  assert.deepEqual(fingerprint(join(cwd, 'data')), before);
});
